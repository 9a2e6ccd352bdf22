{# The rule tables of the journey. A rule that changes gets a new version: touchpoints and sessions name it. #}

{# Which channel a visit came by: the first rule that holds, version 1.
   `medium`: the campaign's medium is one of these; `source`: so is its source (or the newsletter's name);
   `host`: the referrer's host matches. #}
{% macro channel_rules() %}
  {{ return([
    {'channel': 'email', 'medium': ['email', 'e-mail', 'newsletter'], 'source': ['newsletter']},
    {'channel': 'sms', 'medium': ['sms']},
    {'channel': 'push', 'medium': ['push', 'notification']},
    {'channel': 'affiliate', 'medium': ['affiliate', 'affiliates', 'partner']},
    {'channel': 'display', 'medium': ['display', 'banner', 'cpm', 'retargeting']},
    {'channel': 'paid_social', 'medium': ['paid_social', 'paidsocial', 'social_paid', 'social-paid']},
    {'channel': 'organic_social', 'medium': ['social', 'organic_social', 'social-media']},
    {'channel': 'paid_search', 'medium': ['cpc', 'ppc', 'paid_search', 'paidsearch', 'sem']},
    {'channel': 'organic_search', 'medium': ['organic']},
    {'channel': 'referral', 'medium': ['referral']},
    {'channel': 'organic_search', 'host': '(^|[.])(google|bing|duckduckgo|yahoo|ecosia|baidu|yandex|qwant|startpage)[.]'},
    {'channel': 'organic_social',
     'host': '(^|[.])(facebook|instagram|linkedin|twitter|x|t|youtube|tiktok|pinterest|reddit|xing)[.](com|co)$'},
  ]) }}
{% endmacro %}

{# The channel of a visit: what came with a campaign but fits no rule is `other`; with a referrer, `referral`. #}
{% macro channel_of(source, medium, host) -%}
case
    {%- for rule in channel_rules() %}
    when {% if rule.medium %}lower({{ medium }}) in ('{{ rule.medium | join("', '") }}')
        {%- if rule.source %} or lower({{ source }}) in ('{{ rule.source | join("', '") }}'){% endif %}
    {%- else %}{{ source }} is null and {{ medium }} is null and {{ regexp_match('lower(' ~ host ~ ')', rule.host) }}
    {%- endif %} then '{{ rule.channel }}'
    {%- endfor %}
    when {{ source }} is not null or {{ medium }} is not null then 'other'
    when {{ host }} is not null then 'referral'
    else 'direct'
end
{%- endmacro %}

{# Which touchpoint a touch is, and its stage: the first rule of its kind that holds, version 2. A rule asks for a
   `detail`, one of `channels`, or `words`: a pattern in what the source calls the touch (name and page of a web event,
   campaign, reason and category of a contact, plan, kind of a task). What fits none is `unclassified`.
   `dim_stage_rules` publishes this table. #}
{% macro stage_rules() %}
  {%- set social = ['organic_social', 'social', 'social_page'] -%}
  {%- set advertising = ['paid_search', 'paid_social', 'display', 'affiliate', 'advertisement', 'tv', 'radio', 'print'] -%}
  {%- set named = [
      ('webinar', 'consideration', 'webinars?'),
      ('white_paper', 'consideration', 'white[-_ ]?papers?'),
      ('free_trial', 'consideration', 'trial|freemium'),
      ('quote_request', 'purchase', 'quotes?|quotation'),
      ('contract', 'purchase', 'contract[-_ ]sign(ed|ing|ature)?|sign[-_ ]contract|new[-_ ]contract'),
      ('deployment', 'use', 'deploy(ment)?|installation|onboarding|roll[-_ ]?out|go[-_ ]?live|set[-_ ]?up'),
      ('loyalty_programme', 'loyalty', 'loyalty|rewards?|bonus[-_ ]points'),
      ('renewal_offer', 'loyalty', 'renew(al|als)?'),
      ('referral', 'loyalty', 'referrals?|(refer|invite)[-_ ](a[-_ ])?friends?'),
      ('sales_talk', 'consideration', 'sales|(book|request)[-_ ](a[-_ ])?demo|consultation'),
  ] -%}
  {%- set complaint = 'complaints?|returns?|repairs?|refunds?|defects?|warranty|problems?|technical|support|billing|security|fraud' -%}
  {%- set rules = [
      {'kind': 'web_session', 'detail': 'purchase', 'touchpoint': 'purchase', 'stage': 'purchase'},
      {'kind': 'web_session', 'detail': 'checkout', 'touchpoint': 'website', 'stage': 'consideration'},
      {'kind': 'web_session', 'detail': 'cart', 'touchpoint': 'website', 'stage': 'consideration'},
      {'kind': 'web_session', 'detail': 'product_view', 'touchpoint': 'website', 'stage': 'consideration'},
      {'kind': 'web_session', 'channels': social, 'touchpoint': 'social_page', 'stage': 'awareness'},
      {'kind': 'web_session', 'channels': ['organic_search'], 'touchpoint': 'search_result', 'stage': 'awareness'},
      {'kind': 'web_session', 'channels': advertising, 'touchpoint': 'advertisement', 'stage': 'awareness'},
      {'kind': 'web_session', 'touchpoint': 'website', 'stage': 'awareness'},
      {'kind': 'order', 'touchpoint': 'purchase', 'stage': 'purchase'},
      {'kind': 'subscription', 'detail': 'start', 'words': 'trial|freemium', 'touchpoint': 'free_trial', 'stage': 'consideration'},
      {'kind': 'subscription', 'detail': 'start', 'touchpoint': 'contract', 'stage': 'purchase'},
      {'kind': 'subscription', 'detail': 'renewal', 'touchpoint': 'contract_renewal', 'stage': 'loyalty'},
      {'kind': 'subscription', 'detail': 'cancel', 'touchpoint': 'contract_end', 'stage': 'use'},
      {'kind': 'response', 'touchpoint': 'feedback_survey', 'stage': 'use'},
      {'kind': 'mention', 'touchpoint': 'review_or_post', 'stage': 'loyalty'},
  ] -%}
  {%- for kind in ['web_action', 'message', 'contact', 'task'] -%}
    {%- for touchpoint, stage, words in named -%}
      {%- do rules.append({'kind': kind, 'words': words, 'touchpoint': touchpoint, 'stage': stage}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- do rules.extend([
      {'kind': 'web_action', 'words': 'survey|feedback', 'touchpoint': 'feedback_survey', 'stage': 'use'},
      {'kind': 'web_action', 'words': '(store|branch)[-_ ]visit', 'touchpoint': 'store_visit', 'stage': 'consideration'},
      {'kind': 'message', 'channels': social, 'touchpoint': 'social_page', 'stage': 'awareness'},
      {'kind': 'message', 'channels': advertising, 'touchpoint': 'advertisement', 'stage': 'awareness'},
      {'kind': 'message', 'channels': ['email', 'sms', 'push', 'post', 'call', 'message', 'unknown'],
       'touchpoint': 'campaign_message', 'stage': 'awareness'},
      {'kind': 'contact', 'channels': ['store'], 'words': complaint, 'touchpoint': 'support_contact', 'stage': 'use'},
      {'kind': 'contact', 'channels': ['store'], 'touchpoint': 'store_visit', 'stage': 'consideration'},
      {'kind': 'contact', 'channels': ['call', 'chat', 'email', 'ticket', 'message', 'social', 'bot', 'unknown'],
       'touchpoint': 'support_contact', 'stage': 'use'},
      {'kind': 'task', 'words': complaint ~ '|call[-_ ]?back|apology|fix|follow[-_ ]?up|repair',
       'touchpoint': 'support_contact', 'stage': 'use'},
  ]) -%}
  {{ return(rules) }}
{% endmacro %}

{% macro stage_rules_version() %}{{ return(2) }}{% endmacro %}

{# The number of the first rule that holds for a touch of a kind; 0 where none does. #}
{% macro stage_rule_of(kind, detail, channel, words) -%}
case
    {%- for rule in stage_rules() %}{% if rule.kind == kind %}
    when true
        {%- if rule.detail %} and {{ detail }} = '{{ rule.detail }}'{% endif %}
        {%- if rule.channels %} and {{ channel }} in ('{{ rule.channels | join("', '") }}'){% endif %}
        {%- if rule.words %} and {{ regexp_match(words, whole_words(rule.words)) }}{% endif %} then {{ loop.index }}
    {%- endif %}{% endfor %}
    else 0
end
{%- endmacro %}

{# The pattern of a rule as it is looked for: its words, not as part of longer ones. #}
{% macro whole_words(words) -%}(^|[^a-z])({{ words }})([^a-z]|$){%- endmacro %}

{# The name of a touch; a subscription has several, one a moment of it. #}
{% macro touchpoint_id(kind, detail, source, source_id) -%}
md5({{ kind }} || '|' || case when {{ kind }} = 'subscription' then {{ detail }} else '' end || '|' || {{ source }} || '|' || {{ source_id }})
{%- endmacro %}

{# What a web event is called, in small letters: the words that rules look at. #}
{% macro small_letters(first, second) -%}
lower(coalesce({{ first }}, '') || ' ' || coalesce({{ second }}, ''))
{%- endmacro %}

{# The rule table as rows; rule 0 is of what fits none. #}
{% macro stage_rule_rows() %}
    select
        0 as rule_number,
        'unclassified' as touchpoint,
        'unclassified' as stage,
        cast(null as varchar) as kind,
        cast(null as varchar) as detail,
        cast(null as varchar) as channels,
        cast(null as varchar) as words
    {%- for rule in stage_rules() %}
    union all
    select {{ loop.index }}, '{{ rule.touchpoint }}', '{{ rule.stage }}', '{{ rule.kind }}', {{ quoted(rule.detail) }},
        {{ quoted(rule.channels | join(', ') if rule.channels else none) }}, {{ quoted(rule.words) }}
    {%- endfor %}
{%- endmacro %}

{# ---- Journeys: version 1. A journey begins with a person's first touch, after this many quiet days, or with the
   first touch after an earlier journey was over: so many days after its latest outcome, for what follows at once
   (a confirmation, a survey, the same problem again) still belongs to it. #}
{% macro quiet_days() %}{{ return(30) }}{% endmacro %}

{# Within so many days a new contact for the same reason is the same trouble again. #}
{% macro repeat_days() %}{{ return(7) }}{% endmacro %}

{# What a touch's outcome makes of its journey. #}
{% macro journey_outcomes() %}
  {{ return([
    {'outcome': 'converted', 'journey': 'order', 'days_after': 1},
    {'outcome': 'cancelled', 'journey': 'cancellation', 'days_after': 1},
    {'outcome': 'renewed', 'journey': 'renewal', 'days_after': 1},
    {'outcome': 'solved', 'journey': 'solved', 'days_after': 7},
  ]) }}
{% endmacro %}

{# The outcome of a journey that a touch with this outcome gives it; null where it goes on. #}
{% macro journey_outcome_of(outcome) -%}
case {{ outcome }}{% for o in journey_outcomes() %} when '{{ o.outcome }}' then '{{ o.journey }}'{% endfor %} end
{%- endmacro %}

{# When the journey that a touch decides is over: timestamp, null where it decides nothing. #}
{% macro over_at(outcome, outcome_at) -%}
case {{ outcome }}{% for o in journey_outcomes() %} when '{{ o.outcome }}' then {{ outcome_at }} + interval {{ o.days_after }} day{% endfor %} end
{%- endmacro %}

{# So many changes of stage or channel are told of a journey's path; what follows is `...`. #}
{% macro path_turns() %}{{ return(6) }}{% endmacro %}

{# ---- Cases #}

{# The state that an event puts a case into, in small letters; null for an event that changes none. #}
{% macro case_state(kind, to_value) -%}
case when {{ kind }} in ('created', 'status', 'reopened', 'solved', 'closed') then lower(coalesce({{ to_value }},
    case {{ kind }} when 'created' then 'new' when 'reopened' then 'open' when 'status' then 'unknown' else {{ kind }} end)) end
{%- endmacro %}

{# Whether somebody works on a case in this state: waiting (for anybody), done or working. #}
{% macro state_class(state) -%}
case
    when {{ regexp_match(state, '(^|[^a-z])(new|queued?|unassigned|on[-_ ]?hold|hold|pending|wait(ing)?|awaiting)([^a-z]|$)') }} then 'waiting'
    when {{ regexp_match(state, '(^|[^a-z])(solved|resolved|closed|cancell?ed)([^a-z]|$)') }} then 'done'
    else 'working'
end
{%- endmacro %}

{# Why nobody works on a case in this state: it is done, waits for its customer, or is on hold; none where somebody may. #}
{% macro case_rest(state) -%}
case
    when {{ state_class(state) }} = 'done' then 'done'
    when {{ regexp_match(state, '(^|[^a-z])(pending|customer|requester|caller)([^a-z]|$)') }} then 'customer'
    when {{ regexp_match(state, '(^|[^a-z])(on[-_ ]?hold|hold|suspended)([^a-z]|$)') }} then 'hold'
    else 'none'
end
{%- endmacro %}

{# Whether an event that puts a case into a state ends its life, as long as no other follows. #}
{% macro ends_case(kind, state) -%}
({{ kind }} in ('solved', 'closed') or ({{ kind }} <> 'reopened' and {{ state_class(state) }} = 'done'))
{%- endmacro %}
