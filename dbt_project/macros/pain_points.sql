{# Where it hurts: the rule table, version 2. Each rule names one of a closed list of kinds; a new reading is a new
   version. `from` is what the rule looks at (a CTE of fct_pain_points), `when` the SQL that finds an occurrence in it;
   `basis` says whether people did it or said it. #}
{% macro pain_kinds() %}
  {{ return(['wait', 'hard_interface', 'unclear_communication', 'repeated_contact', 'poor_service', 'defect_or_return',
             'technical_failure', 'inaccessible']) }}
{% endmacro %}

{% macro pain_rules_version() %}{{ return(2) }}{% endmacro %}

{% macro pain_rules() %}
  {{ return([
    {'kind': 'wait', 'rule': 'long_queue', 'from': 'contacts', 'basis': 'behaviour', 'when': 'wait_seconds > 120 and not is_abandoned'},
    {'kind': 'wait', 'rule': 'left_the_queue', 'from': 'contacts', 'basis': 'behaviour', 'when': 'is_abandoned'},
    {'kind': 'wait', 'rule': 'late_delivery', 'from': 'promises', 'basis': 'behaviour', 'when': 'is_broken'},
    {'kind': 'wait', 'rule': 'said_slow', 'from': 'answers', 'basis': 'feedback', 'when': "is_low and aspect = 'timeliness'"},
    {'kind': 'hard_interface', 'rule': 'rage_click', 'from': 'page_events', 'basis': 'behaviour',
     'when': "event_name = 'rage_click' or (event_name = 'click' and third_click_at >= occurred_at - interval 2 second)"},
    {'kind': 'hard_interface', 'rule': 'repeated_form_error', 'from': 'page_events', 'basis': 'behaviour',
     'when': 'is_form_error and form_error_at >= occurred_at - interval 30 minute'},
    {'kind': 'hard_interface', 'rule': 'back_and_forth', 'from': 'page_views', 'basis': 'behaviour',
     'when': 'page_path = page_2 and page_1 = page_3 and page_path <> page_1 and at_3 >= occurred_at - interval 60 second'},
    {'kind': 'hard_interface', 'rule': 'said_hard', 'from': 'answers', 'basis': 'feedback', 'when': "is_low and aspect = 'ease'"},
    {'kind': 'unclear_communication', 'rule': 'help_read_then_contact', 'from': 'contacts', 'basis': 'behaviour',
     'when': 'help_at >= occurred_at - interval 1 day'},
    {'kind': 'unclear_communication', 'rule': 'said_unclear', 'from': 'answers', 'basis': 'feedback', 'when': "is_low and aspect = 'clarity'"},
    {'kind': 'repeated_contact', 'rule': 'same_reason_in_7_days', 'from': 'contacts', 'basis': 'behaviour',
     'when': 'same_reason_at >= occurred_at - interval 7 day'},
    {'kind': 'poor_service', 'rule': 'handed_over', 'from': 'contacts', 'basis': 'behaviour', 'when': 'is_transferred'},
    {'kind': 'poor_service', 'rule': 'reopened', 'from': 'case_events', 'basis': 'behaviour', 'when': "event_kind = 'reopened'"},
    {'kind': 'poor_service', 'rule': 'not_supplied', 'from': 'orders', 'basis': 'behaviour', 'when': "status = 'unavailable'"},
    {'kind': 'poor_service', 'rule': 'said_bad_service', 'from': 'answers', 'basis': 'feedback',
     'when': "is_low and aspect = 'overall' and is_about_contact"},
    {'kind': 'defect_or_return', 'rule': 'refunded', 'from': 'orders', 'basis': 'behaviour', 'when': 'refunded_amount > 0 and not is_void'},
    {'kind': 'defect_or_return', 'rule': 'return_contact', 'from': 'contacts', 'basis': 'behaviour',
     'when': "lower(reason) in ('return', 'returns', 'defect', 'damaged', 'warranty')"},
    {'kind': 'technical_failure', 'rule': 'error_shown', 'from': 'page_events', 'basis': 'behaviour',
     'when': 'error_code is not null and not is_form_error'},
    {'kind': 'technical_failure', 'rule': 'slow_page', 'from': 'page_events', 'basis': 'behaviour', 'when': 'load_ms > 10000'},
    {'kind': 'inaccessible', 'rule': 'turned_away', 'from': 'contacts', 'basis': 'behaviour',
     'when': "lower(outcome) in ('blocked', 'busy', 'out_of_hours', 'unreachable')"},
    {'kind': 'inaccessible', 'rule': 'in_an_outage', 'from': 'contacts', 'basis': 'behaviour', 'when': 'is_in_outage'},
  ]) }}
{% endmacro %}

{# What each CTE that a rule looks at is about. #}
{% macro pain_objects() %}
  {{ return({'page_views': 'web_event', 'page_events': 'web_event', 'contacts': 'contact', 'case_events': 'contact',
             'orders': 'order', 'promises': 'order', 'answers': 'answer'}) }}
{% endmacro %}

{# The facts of the KPIs that have a day of their own: kpi, person_id, local_date, x, whose mean is the KPI by its scale. #}
{% macro pain_facts(fct_responses, fct_sessions) %}
    select 'nps' as kpi, person_id, local_date, case nps_bucket when 'promoter' then 1 when 'detractor' then -1 else 0 end as x
    from {{ fct_responses }}
    where kind = 'nps' and is_counted
    union all
    select 'csat' as kpi, person_id, local_date, case when score >= 4 then 1 else 0 end as x
    from {{ fct_responses }}
    where kind = 'csat' and is_counted and scale_min = 1 and scale_max = 5
    union all
    select 'conversion_rate' as kpi, person_id, local_date, case when is_converted then 1 else 0 end as x
    from {{ fct_sessions }}
    where not is_bot
{%- endmacro %}

{# What a pain point may cost, version 1 as above: `of` is a CTE of agg_pain_points with a row per person and day, `harm`
   what the impact is multiplied with so that more is worse. A fact is touched where its person was hurt on its day or
   in the 90 days before. #}
{% macro pain_kpis() %}
  {{ return([
    {'kpi': 'nps', 'scale': 100, 'harm': -1},
    {'kpi': 'csat', 'scale': 1, 'harm': -1},
    {'kpi': 'conversion_rate', 'scale': 1, 'harm': -1},
    {'kpi': 'churn', 'scale': 1, 'harm': 1},
  ]) }}
{% endmacro %}

{% macro pain_days() %}{{ return(90) }}{% endmacro %}

{% macro pain_replicates() %}{{ return(25) }}{% endmacro %}

{# What is drawn for a person in a replicate: a number below a million, from md5. Its own column: it is costly. #}
{% macro bootstrap_draw(person, replicate) -%}
{{ hash_bucket(person ~ " || '|' || cast(" ~ replicate ~ " as varchar)", 1000000) }}
{%- endmacro %}

{# How often the person then counts: Poisson with mean 1; once in replicate 0, what was observed. #}
{% macro bootstrap_weight(drawn, replicate) -%}
case
    when {{ replicate }} = 0 then 1
    {%- for bound in [367879, 735759, 919699, 981012, 996340, 999406] %}
    when {{ drawn }} < {{ bound }} then {{ loop.index0 }}
    {%- endfor %}
    else 6
end
{%- endmacro %}
