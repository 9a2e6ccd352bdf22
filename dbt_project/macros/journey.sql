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

{# The stage of a touchpoint: a function of what happened, version 1. Kind and detail decide; detail none: any. #}
{% macro stage_rules() %}
  {{ return([
    {'kind': 'message', 'detail': none, 'stage': 'awareness'},
    {'kind': 'web_session', 'detail': 'browse', 'stage': 'awareness'},
    {'kind': 'web_session', 'detail': 'product_view', 'stage': 'consideration'},
    {'kind': 'web_session', 'detail': 'cart', 'stage': 'consideration'},
    {'kind': 'web_session', 'detail': 'checkout', 'stage': 'consideration'},
    {'kind': 'web_session', 'detail': 'purchase', 'stage': 'purchase'},
    {'kind': 'order', 'detail': none, 'stage': 'purchase'},
    {'kind': 'subscription', 'detail': 'start', 'stage': 'purchase'},
    {'kind': 'subscription', 'detail': 'cancel', 'stage': 'use'},
    {'kind': 'subscription', 'detail': 'renewal', 'stage': 'loyalty'},
    {'kind': 'contact', 'detail': none, 'stage': 'use'},
    {'kind': 'response', 'detail': none, 'stage': 'loyalty'},
    {'kind': 'mention', 'detail': none, 'stage': 'loyalty'},
  ]) }}
{% endmacro %}

{% macro stage_rules_version() %}{{ return(1) }}{% endmacro %}

{% macro stage_of(kind, detail) -%}
case
    {%- for rule in stage_rules() %}
    when {{ kind }} = '{{ rule.kind }}'{% if rule.detail %} and {{ detail }} = '{{ rule.detail }}'{% endif %} then '{{ rule.stage }}'
    {%- endfor %}
end
{%- endmacro %}
