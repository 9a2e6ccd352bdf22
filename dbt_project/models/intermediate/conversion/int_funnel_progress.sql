-- One row per attempt at a declared funnel and step that it reached; an entry of nobody known is a row with its reason.
{%- set from = {
    'fct_sessions': ref('fct_sessions'), 'fct_touchpoints': ref('fct_touchpoints'), 'fct_contacts': ref('fct_contacts'),
    'int_sessions': ref('int_sessions'), 'web_events': ref('web_events'), 'contact_events': ref('contact_events')} %}
{%- set kinds = funnel_kinds(funnels()) %}
{%- if kinds %}
with
{%- if 'web_event' in kinds %}
{{ funnel_events_in_sessions(from) }}
{%- endif %}
{%- for kind in kinds %}

{{ kind }}_occurrences as (
    {{ funnel_occurrences(kind, from) }}
),
{%- endfor %}
{%- for funnel in funnels() %}

{{ funnel_progress(funnel, 'f' ~ loop.index) }}{{ ',' if not loop.last }}
{%- endfor %}
{%- for funnel in funnels() %}

select
    '{{ funnel.id }}' as funnel_id,
    unit_id,
    attempt,
    step_number,
    entered_at,
    reached_at,
    {{ seconds_between('entered_at', 'reached_at') }} as seconds,
    {{ local_date('entered_at') }} as entered_date,
    {{ local_date('reached_at') }} as reached_date,
    is_open,
    excluded_reason
from f{{ loop.index }}_progress
{{- '\nunion all' if not loop.last }}
{%- endfor %}
{%- else %}
select
    cast(null as varchar) as funnel_id,
    cast(null as varchar) as unit_id,
    cast(null as bigint) as attempt,
    cast(null as bigint) as step_number,
    cast(null as timestamp) as entered_at,
    cast(null as timestamp) as reached_at,
    cast(null as bigint) as seconds,
    cast(null as date) as entered_date,
    cast(null as date) as reached_date,
    cast(null as boolean) as is_open,
    cast(null as varchar) as excluded_reason
where false
{%- endif %}
