{#- The parameters of definitions: a variable of the same name in dbt_project.yml overrides one. -#}
{% macro threshold(name) -%}
{%- set defaults = {
    'short_abandon_seconds': 5, 'clock_skew_seconds': 5, 'service_level_seconds': 20, 'slow_load_ms': 4000,
    'follow_up_open_hours': 16, 'follow_up_days': 2, 'resolution_days': 7, 'repeat_purchase_days': 90} -%}
{{- var(name, defaults[name]) -}}
{%- endmacro %}

{#- 1 urgent, 2 high, 3 normal, 4 low; null where the word is none of those that service desks use. -#}
{% macro priority_rank(priority) -%}
{%- set words = [
    ['urgent', 'critical', 'highest', 'emergency', 'blocker', 'p1', '1'], ['high', 'major', 'p2', '2'],
    ['normal', 'medium', 'moderate', 'standard', 'p3', '3'], ['low', 'lowest', 'minor', 'trivial', 'planning', 'p4', 'p5', '4', '5']] -%}
case {% for told in words %}when lower({{ priority }}) in ('{{ told | join("', '") }}') then {{ loop.index }} {% endfor %}end
{%- endmacro %}

{#- What a contact is called that asks or tells how something stands. -#}
{% macro status_words() -%}
'status', 'order status', 'order_status', 'delivery status', 'delivery_status', 'shipping status', 'case status', 'ticket status', 'status update', 'where is my order', 'wismo', 'tracking'
{%- endmacro %}

{#- An order in one of these states brought nothing and counts nowhere. -#}
{% macro void_order_statuses() %}
{% do return(['canceled', 'cancelled', 'failed', 'lost', 'closed lost', 'rejected', 'unavailable', 'void', 'voided']) %}
{% endmacro %}

{#-
  The KPI catalogue: one entry a KPI, the single place where it is defined. `dim_kpis` is its table;
  `int_kpi_facts`, `fct_kpi_daily` and `fct_kpi_excluded` are generated from it.

  fact        the mart whose rows are counted            population  which of its rows the KPI is about
  excluded    SQL giving the reason why a row of the population is not counted, else null
  numerator   SQL per counted row                        denominator SQL per counted row, none for totals
  scale       value = scale * numerator / denominator    interval    method of macros/stats.sql
  direction   up: more is better; down: less is          lowest, highest  what the value can be, at most
  version     rises whenever the reading changes
  window_days after so many days a fact is decided, none: at once
  period      month where facts stand on the first day of their month, else day
-#}
{% macro kpi_catalogue() %}
{% set bot = "case when is_bot then 'bot' end" %}
{% set left = "case queue_outcome when 'answered' then null when 'abandoned' then null else queue_outcome end" %}
{% set timed = "case when state = 'pending' then 'pending' when state = 'none' then 'never' when calendar_seconds is null then 'end_before_start' end" %}
{% set timed_business = "coalesce(" ~ timed ~ ", no_business_reason)" %}
{% do return([
  {'id': 'sessions', 'name': 'Sessions', 'fact': 'fct_sessions',
   'definition': 'Visits: events of one visitor with gaps under 30 minutes; a new campaign starts a new one. Bots are excluded and counted.',
   'population': 'true', 'excluded': bot, 'numerator': '1', 'denominator': none, 'scale': 1,
   'unit': 'sessions', 'direction': 'up', 'interval': 'poisson', 'lowest': 0, 'highest': none, 'target': none, 'owner': 'journey', 'version': 1,
   'source': 'Google Analytics and Snowplow session rules'},
  {'id': 'conversion_rate', 'name': 'Conversion rate', 'fact': 'fct_sessions',
   'definition': 'Share of sessions with at least one purchase. Bots are excluded and counted.',
   'population': 'true', 'excluded': bot, 'numerator': 'case when is_converted then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'journey', 'version': 1,
   'source': 'Google Analytics session conversion rate'},
  {'id': 'orders', 'name': 'Orders', 'fact': 'fct_orders',
   'definition': 'Orders placed on the day and not void (cancelled, failed, unavailable). Counted whatever their currency.',
   'population': 'true', 'excluded': "case when is_void then 'void' end", 'numerator': '1', 'denominator': none, 'scale': 1,
   'unit': 'orders', 'direction': 'up', 'interval': 'poisson', 'lowest': 0, 'highest': none, 'target': none, 'owner': 'value', 'version': 1,
   'source': 'practice'},
  {'id': 'revenue', 'name': 'Revenue', 'fact': 'fct_orders',
   'definition': 'What the customers pay less refunds, of the orders placed on the day, in the reporting currency. Void orders and orders in a currency without a known rate are excluded and counted.',
   'population': 'true', 'excluded': 'excluded_reason', 'numerator': 'net_amount', 'denominator': none, 'scale': 1,
   'unit': 'reporting currency', 'direction': 'up', 'interval': 'compound_poisson', 'lowest': none, 'highest': none, 'target': none, 'owner': 'value', 'version': 1,
   'source': 'practice'},
  {'id': 'nps', 'name': 'Net Promoter Score', 'fact': 'fct_responses',
   'definition': '100 x (answers 9-10 less answers 0-6) / valid answers 0-10. One answer a person and survey wave, the last; other codes are no answers. Interval: adjusted Wald.',
   'population': "kind = 'nps'", 'excluded': 'excluded_reason',
   'numerator': "case nps_bucket when 'promoter' then 1 when 'detractor' then -1 else 0 end", 'denominator': '1', 'scale': 100,
   'unit': 'points', 'direction': 'up', 'interval': 'adjusted_wald', 'lowest': -100, 'highest': 100, 'target': none, 'owner': 'feedback', 'version': 1,
   'source': 'Reichheld, HBR 2003; interval: Rocks, The American Statistician 2016'},
  {'id': 'csat', 'name': 'Customer satisfaction', 'fact': 'fct_responses',
   'definition': 'Top-2-box: share of answers 4-5 among valid answers to overall satisfaction on a scale of 1-5. Other scales are excluded and counted, never mixed.',
   'population': "kind = 'csat' and aspect = 'overall'",
   'excluded': "case when excluded_reason is not null then excluded_reason when scale_min <> 1 or scale_max <> 5 then 'other_scale' end",
   'numerator': 'case when score >= 4 then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'feedback', 'version': 1,
   'source': 'practice; interval: Wilson 1927'},
  {'id': 'ces', 'name': 'Customer effort score 2.0', 'fact': 'fct_responses',
   'definition': 'Mean agreement, 1-7, that it was easy; more is easier. Other scales are excluded and counted, never mixed. Read beside ces_share.',
   'population': "kind = 'ces'",
   'excluded': "case when excluded_reason is not null then excluded_reason when scale_min <> 1 or scale_max <> 7 then 'other_scale' end",
   'numerator': 'score', 'denominator': '1', 'scale': 1,
   'unit': 'points 1-7', 'direction': 'up', 'interval': 'student_t', 'lowest': 1, 'highest': 7, 'target': none, 'owner': 'feedback', 'version': 1,
   'source': 'Dixon et al. 2013'},
  {'id': 'ces_share', 'name': 'Share who found it easy', 'fact': 'fct_responses',
   'definition': 'Share of answers 5-7 among valid answers, 1-7, that it was easy.',
   'population': "kind = 'ces'",
   'excluded': "case when excluded_reason is not null then excluded_reason when scale_min <> 1 or scale_max <> 7 then 'other_scale' end",
   'numerator': 'case when score >= 5 then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'feedback', 'version': 1,
   'source': 'Dixon et al. 2013; interval: Wilson 1927'},
  {'id': 'contacts', 'name': 'Contacts', 'fact': 'fct_contacts',
   'definition': 'Interactions and tickets opened on the day, every channel and direction. Test and phantom contacts are excluded and counted.',
   'population': 'true', 'excluded': 'excluded_reason', 'numerator': '1', 'denominator': none, 'scale': 1,
   'unit': 'contacts', 'direction': 'down', 'interval': 'poisson', 'lowest': 0, 'highest': none, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'practice'},
  {'id': 'abandonment_rate', 'name': 'Abandonment rate', 'fact': 'fct_contacts',
   'definition': 'Abandoned / offered: of the contacts that entered a queue and were answered or left, the share that left before an agent. Abandons within 5 s are reported apart as short_abandon.',
   'population': 'has_queue', 'excluded': "coalesce(excluded_reason, " ~ left ~ ")",
   'numerator': 'case when is_abandoned then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'down', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': 0.05, 'owner': 'service', 'version': 1,
   'source': 'Genesys metric definitions'},
  {'id': 'asa', 'name': 'Average speed of answer', 'fact': 'fct_contacts',
   'definition': 'Mean queue wait of answered contacts. Contacts that reached an agent without a queue have no wait and are counted as no_queue.',
   'population': "reached_agent and (has_queue or talk_seconds is not null)",
   'excluded': "coalesce(excluded_reason, case when not has_queue then 'no_queue' when wait_seconds is null then 'implausible_wait' end)",
   'numerator': 'wait_seconds', 'denominator': '1', 'scale': 1,
   'unit': 'seconds', 'direction': 'down', 'interval': 'student_t', 'lowest': 0, 'highest': none, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'Genesys metric definitions'},
  {'id': 'aht', 'name': 'Average handle time', 'fact': 'fct_contacts',
   'definition': '(Talk + hold + after-call work) / handled contacts. A transferred contact counts once, with the work of all its agents.',
   'population': 'is_handled or excluded_reason is not null and talk_seconds is not null',
   'excluded': "coalesce(excluded_reason, case when handle_seconds is null then 'implausible_time' end)",
   'numerator': 'handle_seconds', 'denominator': '1', 'scale': 1,
   'unit': 'seconds', 'direction': 'down', 'interval': 'student_t', 'lowest': 0, 'highest': none, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'Genesys metric definitions'},
  {'id': 'service_level_80_20', 'name': 'Service level 80/20, abandons within 20 s ignored', 'fact': 'fct_contacts',
   'definition': 'Share of offered contacts answered within 20 s; contacts abandoned within 20 s are ignored and counted.',
   'population': 'has_queue',
   'excluded': "coalesce(excluded_reason, " ~ left ~ ", case when wait_seconds is null then 'implausible_wait' when is_abandoned and wait_seconds <= " ~ threshold('service_level_seconds') ~ " then 'abandoned_within_target' end)",
   'numerator': 'case when is_answered and wait_seconds <= ' ~ threshold('service_level_seconds') ~ ' then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': 0.80, 'owner': 'service', 'version': 1,
   'source': 'Cisco ICM, default variant'},
  {'id': 'transfer_rate', 'name': 'Transfer rate', 'fact': 'fct_contacts',
   'definition': 'Share of contacts with an agent that had more than one agent or talk, or were handed over.',
   'population': 'reached_agent', 'excluded': 'excluded_reason', 'numerator': 'case when is_transferred then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'down', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'practice'},
  {'id': 'complaint_rate', 'name': 'Complaint rate', 'fact': 'fct_contacts',
   'definition': 'Share of contacts that customers began whose reason or category is a complaint. Contacts with neither are excluded and counted.',
   'population': "coalesce(direction, 'inbound') <> 'outbound'",
   'excluded': "coalesce(excluded_reason, case when reason is null and category is null then 'unknown_reason' end)",
   'numerator': "case when lower(coalesce(reason, '')) in ('complaint', 'complaints') or lower(coalesce(category, '')) in ('complaint', 'complaints') then 1 else 0 end",
   'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'down', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'practice'},
  {'id': 'fcr', 'name': 'First-contact resolution', 'fact': 'fct_resolutions',
   'definition': 'Share of contacts taken up after which the customer was not back in the same channel for the same reason within 7 days. Contacts younger than that are pending, open cases are open; both, and unknown persons and reasons, are excluded and counted.',
   'population': 'true', 'excluded': 'excluded_reason', 'numerator': 'case when is_back_in_channel then 0 else 1 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'service', 'version': 1, 'window_days': threshold('resolution_days'),
   'source': 'SQM Group'},
  {'id': 'ocr', 'name': 'One-contact resolution', 'fact': 'fct_resolutions',
   'definition': 'As first-contact resolution, but back in any channel: call, chat, ticket, message, or on the help pages of the web. Never more than it.',
   'population': 'true', 'excluded': 'excluded_reason', 'numerator': 'case when is_back then 0 else 1 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'service', 'version': 1, 'window_days': threshold('resolution_days'),
   'source': 'SQM Group'},
  {'id': 'fcr_ocr_gap', 'name': 'Resolved here, back elsewhere', 'fact': 'fct_resolutions',
   'definition': 'First-contact less one-contact resolution: share of contacts after which the customer was not back in the same channel, but was in another or on the help pages.',
   'population': 'true', 'excluded': 'excluded_reason', 'numerator': 'case when is_back and not is_back_in_channel then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'down', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'service', 'version': 1, 'window_days': threshold('resolution_days'),
   'source': 'SQM Group'},
  {'id': 'deflection_rate', 'name': 'Deflection by the help pages', 'fact': 'fct_self_service',
   'definition': 'Share of visits to the help pages after which the person did not contact us in any channel within 7 days. Younger visits are pending; visitors who are nobody we know are excluded and counted.',
   'population': "kind = 'help'", 'excluded': 'excluded_reason', 'numerator': "case when outcome = 'deflected' then 1 else 0 end", 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'service', 'version': 1, 'window_days': threshold('resolution_days'),
   'source': 'practice'},
  {'id': 'bot_containment_rate', 'name': 'Bot containment', 'fact': 'fct_self_service',
   'definition': 'Share of conversations with a bot that ended without a hand-over and were not left. Contained + handed over + abandoned = ended conversations; those that go on are pending.',
   'population': "kind = 'bot'", 'excluded': 'excluded_reason', 'numerator': "case when outcome = 'contained' then 1 else 0 end", 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'practice'},
  {'id': 'survey_fcr', 'name': 'First-contact resolution as customers say', 'fact': 'fct_responses',
   'definition': 'Share who say that it was solved at the first contact: yes among answers yes and no. Other answers are excluded and counted. Read beside fcr.',
   'population': "kind = 'fcr'",
   'excluded': "coalesce(excluded_reason, case when coalesce(lower(choice), '') not in ('yes', 'no') then 'other_answer' end)",
   'numerator': "case when lower(choice) = 'yes' then 1 else 0 end", 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'feedback', 'version': 1,
   'source': 'SQM Group'},
  {'id': 'closed_loop_rate', 'name': 'Loop closed in time', 'fact': 'fct_followups',
   'definition': 'Share of the bad answers and broken promises of the day after which somebody came back to the person in time. Those not due are pending; nobody known to come back to is not_possible; both are excluded and counted.',
   'population': 'true', 'excluded': "case when state = 'not_possible' then state when not is_due then 'pending' end",
   'numerator': "case when state = 'done_in_time' then 1 else 0 end", 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'feedback', 'version': 1, 'window_days': threshold('follow_up_days'),
   'source': 'practice'},
  {'id': 'recovery_rate', 'name': 'Recovered after a follow-up', 'fact': 'fct_followups',
   'definition': 'Of the bad answers and broken promises of the day after which somebody came back, the share whose person then gave no bad answer the next time. Not asked again, and answered again before somebody came back, are excluded and counted. Read beside agg_followups: others recover too.',
   'population': 'done_at is not null',
   'excluded': "case when person_id is null then 'unknown_person' when resurveyed_at is null then 'no_resurvey' when resurveyed_at <= done_at then 'answered_before' end",
   'numerator': 'case when is_recovered then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'feedback', 'version': 1,
   'source': 'practice'},
  {'id': 'first_response_time', 'name': 'First response time', 'fact': 'fct_case_times',
   'definition': 'Mean time from the opening of a case to the first public reply of an agent, bots excluded, by the calendar. None is never zero: cases without one are excluded and counted.',
   'population': "measure = 'first_response'", 'excluded': timed, 'numerator': 'calendar_seconds', 'denominator': '1', 'scale': 1,
   'unit': 'seconds', 'direction': 'down', 'interval': 'student_t', 'lowest': 0, 'highest': none, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'Zendesk Support documentation'},
  {'id': 'first_response_time_business', 'name': 'First response time in opening hours', 'fact': 'fct_case_times',
   'definition': 'As first_response_time, within the opening hours that the case follows. Cases whose hours are not known are excluded with the reason.',
   'population': "measure = 'first_response'", 'excluded': timed_business, 'numerator': 'business_seconds', 'denominator': '1', 'scale': 1,
   'unit': 'seconds', 'direction': 'down', 'interval': 'student_t', 'lowest': 0, 'highest': none, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'Zendesk Support documentation'},
  {'id': 'time_to_first_resolution', 'name': 'Time to first resolution', 'fact': 'fct_case_times',
   'definition': 'Mean time from the opening of a case to its first solution, by the calendar. Cases not solved are pending: read the median of agg_case_times beside it.',
   'population': "measure = 'first_resolution'", 'excluded': timed, 'numerator': 'calendar_seconds', 'denominator': '1', 'scale': 1,
   'unit': 'seconds', 'direction': 'down', 'interval': 'student_t', 'lowest': 0, 'highest': none, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'Zendesk Support documentation'},
  {'id': 'time_to_resolution', 'name': 'Time to resolution', 'fact': 'fct_case_times',
   'definition': 'Mean time from the opening of a case to its last solution, by the calendar. A case that was reopened is pending again: read the median of agg_case_times beside it.',
   'population': "measure = 'full_resolution'", 'excluded': timed, 'numerator': 'calendar_seconds', 'denominator': '1', 'scale': 1,
   'unit': 'seconds', 'direction': 'down', 'interval': 'student_t', 'lowest': 0, 'highest': none, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'Zendesk Support documentation'},
  {'id': 'time_to_resolution_business', 'name': 'Time to resolution in opening hours', 'fact': 'fct_case_times',
   'definition': 'As time_to_resolution, within the opening hours that the case follows. Cases whose hours are not known are excluded with the reason.',
   'population': "measure = 'full_resolution'", 'excluded': timed_business, 'numerator': 'business_seconds', 'denominator': '1', 'scale': 1,
   'unit': 'seconds', 'direction': 'down', 'interval': 'student_t', 'lowest': 0, 'highest': none, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'Zendesk Support documentation'},
  {'id': 'customer_wait_time', 'name': 'Waiting for the customer', 'fact': 'fct_case_times',
   'definition': 'Mean time that a case stood in states that wait for its customer, of cases that ever did, by the calendar. It is part of the time to resolution.',
   'population': "measure = 'customer_wait'", 'excluded': timed, 'numerator': 'calendar_seconds', 'denominator': '1', 'scale': 1,
   'unit': 'seconds', 'direction': 'down', 'interval': 'student_t', 'lowest': 0, 'highest': none, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'Zendesk Support documentation'},
  {'id': 'longest_silence', 'name': 'Longest silence', 'fact': 'fct_case_times',
   'definition': 'Mean, over closed cases, of the longest time in which the customer saw nothing of the case: between opening, public replies of agents and end, by the calendar. Open cases are pending: read the median of agg_case_times beside it.',
   'population': "measure = 'longest_silence'", 'excluded': timed, 'numerator': 'calendar_seconds', 'denominator': '1', 'scale': 1,
   'unit': 'seconds', 'direction': 'down', 'interval': 'student_t', 'lowest': 0, 'highest': none, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'practice'},
  {'id': 'updates_in_promise_rate', 'name': 'Updates within promise', 'fact': 'fct_sla_events',
   'definition': 'Share of promised next replies and periodic updates that came in time, by the day of the case. Promises that are neither kept nor broken yet are pending.',
   'population': "metric in ('next_reply_time', 'periodic_update_time')",
   'excluded': "case when state = 'excluded' then excluded_reason when state in ('active', 'paused') then 'pending' end",
   'numerator': "case when state = 'met' then 1 else 0 end", 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'Zendesk SLA metrics'},
  {'id': 'status_told_rate', 'name': 'Status told unasked', 'fact': 'fct_contacts',
   'definition': 'Share of contacts about how something stands (reason or category: status, order status, delivery status and the like) that we began: who is told need not ask.',
   'population': "lower(coalesce(reason, '')) in (" ~ status_words() ~ ") or lower(coalesce(category, '')) in (" ~ status_words() ~ ")",
   'excluded': "coalesce(excluded_reason, case when direction is null then 'unknown_direction' end)",
   'numerator': "case when direction = 'outbound' then 1 else 0 end", 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'practice'},
  {'id': 'contacts_per_case', 'name': 'Contacts per solved case', 'fact': 'fct_case_times',
   'definition': 'Mean number of times that the customer of a solved case got in touch about it: the opening and each public message after it. Open cases are pending, those closed unsolved never.',
   'population': "measure = 'full_resolution'", 'excluded': "case when state = 'pending' then 'pending' when state = 'none' then 'never' end", 'numerator': '1 + customer_message_count', 'denominator': '1', 'scale': 1,
   'unit': 'contacts', 'direction': 'down', 'interval': 'student_t', 'lowest': 1, 'highest': none, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'practice'},
  {'id': 'resolution_rate', 'name': 'Resolution rate', 'fact': 'fct_case_times',
   'definition': 'Share of cases solved among those solved or closed unsolved; open ones are pending. Created = solved + pending + closed unsolved.',
   'population': "measure = 'full_resolution'", 'excluded': "case when state = 'pending' then 'pending' end", 'numerator': 'case when state = \'done\' then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'Zendesk Explore'},
  {'id': 'one_touch_rate', 'name': 'One-touch resolution', 'fact': 'fct_case_times',
   'definition': 'Share of solved cases with fewer than two public replies of agents; none is one-touch too.',
   'population': "measure = 'full_resolution'", 'excluded': "case when state = 'pending' then 'pending' when state = 'none' then 'never' end", 'numerator': 'case when agent_reply_count < 2 then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'Zendesk Explore'},
  {'id': 'reopen_rate', 'name': 'Reopen rate', 'fact': 'fct_case_times',
   'definition': 'Share of solved cases that were reopened at least once.',
   'population': "measure = 'full_resolution'", 'excluded': "case when state = 'pending' then 'pending' when state = 'none' then 'never' end", 'numerator': 'case when reopen_count > 0 then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'down', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'Zendesk Explore'},
  {'id': 'priority_inversion_rate', 'name': 'Priority inversion', 'fact': 'fct_case_times',
   'definition': 'Share of urgent and high cases that had their first response after a normal or low case of the same source and team that came later. Cases without a response are pending or never had one.',
   'population': "measure = 'first_response' and " ~ priority_rank('priority') ~ " <= 2", 'excluded': "case when state = 'pending' then 'pending' when state = 'none' then 'never' end", 'numerator': 'case when is_overtaken then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'down', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'service', 'version': 1,
   'source': 'practice'},
  {'id': 'churn_rate', 'name': 'Churn rate, contractual', 'fact': 'fct_subscription_months',
   'definition': 'Share of the subscriptions held when a month began that ended in it: the starting cohort only. Stands on the first day of the month; a month that is not over is pending.',
   'population': 'true', 'excluded': 'excluded_reason', 'numerator': 'case when is_lost then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'down', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'value', 'version': 1, 'period': 'month',
   'source': 'practice'},
  {'id': 'retention_rate', 'name': 'Retention rate, contractual', 'fact': 'fct_subscription_months',
   'definition': 'Share of the subscriptions held when a month began that did not end in it: 1 - churn_rate. Stands on the first day of the month; a month that is not over is pending.',
   'population': 'true', 'excluded': 'excluded_reason', 'numerator': 'case when is_lost then 0 else 1 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'value', 'version': 1, 'period': 'month',
   'source': 'practice'},
  {'id': 'repeat_purchase_rate', 'name': 'Repeat purchase rate, 90 days', 'fact': 'fct_first_orders',
   'definition': 'Of the customers whose first order was on the day, the share that ordered again within 90 days. Younger ones are pending; orders of unknown persons are excluded and counted.',
   'population': 'true', 'excluded': 'excluded_reason', 'numerator': 'case when is_repeated then 1 else 0 end', 'denominator': '1', 'scale': 1,
   'unit': 'share', 'direction': 'up', 'interval': 'wilson', 'lowest': 0, 'highest': 1, 'target': none, 'owner': 'value', 'version': 1, 'window_days': threshold('repeat_purchase_days'),
   'source': 'practice'},
]) %}
{% endmacro %}

{#- Which column of a fact holds the value of a dimension; a fact without one is missing from that dimension. -#}
{% macro kpi_sources() %}
{% do return({
  'fct_sessions': {'channel': 'channel', 'segment': 'value_segment', 'source': 'source'},
  'fct_orders': {'channel': 'channel', 'segment': 'value_segment', 'source': 'source',
                 'product': 'product_category', 'region': 'region'},
  'fct_responses': {'channel': 'channel', 'segment': 'value_segment', 'source': 'source'},
  'fct_contacts': {'channel': 'channel', 'segment': 'value_segment', 'source': 'source', 'team': 'team', 'queue': 'queue'},
  'fct_resolutions': {'channel': 'channel', 'segment': 'value_segment', 'source': 'source', 'team': 'team', 'queue': 'queue'},
  'fct_self_service': {'channel': 'channel', 'segment': 'value_segment', 'source': 'source'},
  'fct_followups': {'channel': 'channel', 'segment': 'value_segment', 'source': 'source'},
  'fct_case_times': {'channel': 'channel', 'segment': 'value_segment', 'source': 'source', 'team': 'team'},
  'fct_sla_events': {'channel': 'channel', 'segment': 'value_segment', 'source': 'source', 'team': 'team', 'queue': 'queue'},
  'fct_subscription_months': {'segment': 'value_segment', 'source': 'source', 'product': 'product_id'},
  'fct_first_orders': {'channel': 'channel', 'segment': 'value_segment', 'source': 'source',
                       'product': 'product_category', 'region': 'region'},
}) %}
{% endmacro %}

{#- Which column of a fact tells the rows of a KPI on a day apart. -#}
{% macro kpi_fact_key(fact) -%}
{{- {'fct_sessions': 'session_id', 'fct_orders': 'order_id', 'fct_responses': 'answer_id', 'fct_contacts': 'contact_id',
     'fct_resolutions': 'contact_id', 'fct_self_service': 'attempt_id', 'fct_followups': 'followup_id',
     'fct_case_times': 'contact_id', 'fct_sla_events': 'sla_event_id', 'fct_subscription_months': 'subscription_id',
     'fct_first_orders': 'order_id'}[fact] -}}
{%- endmacro %}

{% macro kpi_dimensions() %}
{% do return(['channel', 'segment', 'source', 'product', 'region', 'team', 'queue']) %}
{% endmacro %}

{#- A catalogue value by KPI as one expression: case when kpi_id in (...) then ... end. -#}
{% macro kpi_case(key) -%}
case{% for value, entries in kpi_catalogue() | rejectattr(key, 'none') | groupby(key) %} when kpi_id in ('
    {{- entries | map(attribute='id') | join("', '") }}') then {{ "'" ~ value ~ "'" if value is string else value }}
{%- endfor %} end
{%- endmacro %}

{#- The ids of the KPIs that pass a Jinja test on one of their values, quoted. -#}
{% macro kpi_ids(entries) -%}
'{{ entries | map(attribute='id') | join("', '") }}'
{%- endmacro %}

{#- Of sums `numerator`, `n`, `sum_of_squares` of a kpi_id: columns scale, definition_version, lowest, highest, low and high,
    the bounds as the KPI's interval method gives them. -#}
{% macro kpi_bounds() -%}
{{ kpi_case('scale') }} as scale,
        {{ kpi_case('version') }} as definition_version,
        {{ kpi_case('lowest') }} as lowest,
        {{ kpi_case('highest') }} as highest
        {%- for side in ['low', 'high'] %},
        case
            {%- for method, entries in kpi_catalogue() | groupby('interval') %}
            when kpi_id in ({{ kpi_ids(entries) }})
                then {{ interval_bound(method, side, 'numerator', 'n', 'sum_of_squares') }}
            {%- endfor %}
        end as {{ side }}
        {%- endfor %}
{%- endmacro %}

{#- The value of a KPI from its sums: a total, or scale x numerator / denominator. -#}
{% macro kpi_value(alias) -%}
case when {{ alias }}.kpi_id in ({{ kpi_ids(kpi_catalogue() | selectattr('denominator', 'none')) }}) then cast({{ alias }}.numerator as double)
        else cast({{ alias }}.scale * {{ alias }}.numerator as double) / nullif({{ alias }}.denominator, 0)
    end
{%- endmacro %}
