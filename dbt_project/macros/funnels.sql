{# Funnels as SQL: each declared funnel (`funnels.yml`, docs/funnels.md) becomes a few steps of its own.

   An occurrence is a thing of a kind that a funnel names. Of one unit (person, session or contact) they stand in one
   order: by time; of one instant those of an earlier step first, then kind, source and id. An attempt is one way of a
   unit through the steps. It begins with the entry, an occurrence of step 1 (unordered: of any step), and lasts as long
   as the window, the last instant included; where every entry counts, until the next entry at the latest.
   - ordered: each step is the first of its kind behind the step before.
   - strict: so, and between the two steps stands nothing of any other step.
   - unordered: step k is reached with the k-th different step. One occurrence may be several steps. #}

{# The declared funnels. #}
{% macro funnels() %}{{ return(var('funnels', []) or []) }}{% endmacro %}

{# Steps and exclusions of some funnels, of one kind or of all. #}
{% macro funnel_parts(told, kind=none) %}
  {%- set found = [] -%}
  {%- for funnel in told -%}
    {%- for step in funnel.steps + funnel.exclude if kind is none or step.kind == kind -%}{%- do found.append(step) -%}{%- endfor -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}

{# The kinds that some funnels name, and the columns that they ask of a kind. #}
{% macro funnel_kinds(told) %}{{ return(funnel_parts(told) | map(attribute='kind') | unique | sort | list) }}{% endmacro %}

{% macro funnel_columns(kind) %}
  {%- set found = ['source'] -%}
  {%- for step in funnel_parts(funnels(), kind) -%}{%- do found.extend(step.where) -%}{%- endfor -%}
  {{ return(found | unique | sort | list) }}
{% endmacro %}

{# Whether an occurrence of a kind is a step. #}
{% macro is_funnel_step(step, kind, alias='') -%}
{%- if step.kind != kind -%}false
{%- elif not step.where -%}true
{%- else -%}
coalesce({% for column, values in step.where.items() %}{{ ' and ' if not loop.first }}{{ alias }}{{ column }}
    {%- if '*' in values %} is not null{% else %} in ({% for value in values %}{{ quoted(value) }}{{ ', ' if not loop.last }}{% endfor %}){% endif %}
{%- endfor %}, false)
{%- endif -%}
{%- endmacro %}

{# All occurrences of a kind that some funnel names: person_id, session_id, contact_id, happened_at, occurrence_id and the columns
   asked for. `from` gives the relations by name. #}
{% macro funnel_occurrences(kind, from) -%}
{%- set columns = funnel_columns(kind) -%}
{%- set no_id = 'cast(null as varchar)' -%}
{%- if kind == 'web_event' -%}
    select e.person_id, e.session_id, {{ no_id }} as contact_id, e.occurred_at as happened_at, e.source_id as occurrence_id
        {%- for column in columns %}, e.{{ column }}{% endfor %}
    from events_in_sessions as e
{%- elif kind == 'web_session' -%}
    select s.person_id, s.session_id, {{ no_id }} as contact_id, s.started_at as happened_at, s.session_id as occurrence_id
        {%- for column in columns %}, s.{{ column }}{% endfor %}
    from {{ from.fct_sessions }} as s
    where not s.is_bot
{%- elif kind == 'contact' -%}
    select c.person_id, {{ no_id }} as session_id, c.contact_id, c.opened_at as happened_at, c.contact_id as occurrence_id
        {%- for column in columns %}, c.{{ column }}{% endfor %}
    from {{ from.fct_contacts }} as c
    where c.excluded_reason is null and c.opened_at < {{ as_of_at() }}
{%- elif kind == 'contact_event' -%}
    select c.person_id, {{ no_id }} as session_id, c.contact_id, e.occurred_at as happened_at, e.source_id as occurrence_id
        {%- for column in columns %}, e.{{ column }}{% endfor %}
    from {{ from.contact_events }} as e
    inner join {{ from.fct_contacts }} as c on c.contact_id = e.source || '/' || e.contact_id
    where c.excluded_reason is null and e.occurred_at < {{ as_of_at() }}
{%- else -%}
    select t.person_id, {{ no_id }} as session_id, {{ no_id }} as contact_id, t.occurred_at as happened_at, t.touchpoint_id as occurrence_id
        {%- for column in columns %}, t.{{ column }}{% endfor %}
    from {{ from.fct_touchpoints }} as t
    where t.kind = '{{ kind }}'
{%- endif -%}
{%- endmacro %}

{# CTEs that put each web event that a funnel names into its session: the last one that began before it or with it. #}
{% macro funnel_events_in_sessions(from) -%}
{%- set columns = funnel_columns('web_event') | reject('equalto', 'source') | list -%}
named_events as (
    select
        coalesce(e.visitor_token, e.login_token) as visitor_token,
        e.occurred_at,
        e.source,
        e.source_id
        {%- for column in columns %},
        e.{{ column }}
        {%- endfor %}
    from {{ from.web_events }} as e
    where coalesce(e.visitor_token, e.login_token) is not null
        and (
            {%- for step in funnel_parts(funnels(), 'web_event') %}
            {{ 'or ' if not loop.first }}{{ is_funnel_step(step, 'web_event', 'e.') }}
            {%- endfor %}
        )
),

session_spans as (
    select
        session_id,
        visitor_token,
        started_at,
        lead(started_at) over (partition by visitor_token order by started_at, session_id) as next_started_at
    from {{ from.int_sessions }}
),

events_in_sessions as (
    select
        s.person_id,
        s.session_id,
        e.occurred_at,
        e.source,
        e.source_id
        {%- for column in columns %},
        e.{{ column }}
        {%- endfor %}
    from named_events as e
    inner join session_spans as p
        on p.visitor_token = e.visitor_token
        and e.occurred_at >= p.started_at
        and (e.occurred_at < p.next_started_at or p.next_started_at is null)
    inner join {{ from.fct_sessions }} as s on s.session_id = p.session_id
    where not s.is_bot
),
{%- endmacro %}

{# The CTEs of one funnel, from `<kind>_occurrences`: its last one, `<p>_progress`, has one row per attempt and step
   that it reached. #}
{% macro funnel_progress(funnel, p) -%}
{%- set last = funnel.steps | length -%}
{%- set by_time = 'partition by unit_id order by happened_at, first_step, kind, source, occurrence_id' -%}
{%- set is_every, is_unordered = funnel.re_entry == 'every', funnel.order == 'unordered' -%}
{%- set any_step -%}
(is_step_1{% for number in range(2, last + 1) %} or is_step_{{ number }}{% endfor %})
{%- endset -%}
{{ p }}_flagged as (
    {%- for kind in funnel_kinds([funnel]) %}
    select
        {{ funnel.unit }}_id as unit_id,
        happened_at,
        '{{ kind }}' as kind,
        source,
        occurrence_id
        {%- for step in funnel.steps %},
        {{ is_funnel_step(step, kind) }} as is_step_{{ loop.index }}
        {%- endfor %}
        {%- for step in funnel.exclude %},
        {{ is_funnel_step(step, kind) }} as is_out_{{ loop.index }}
        {%- endfor %}
    from {{ kind }}_occurrences
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
),

{{ p }}_occurrences as (
    select
        *,
        case{% for step in funnel.steps %} when is_step_{{ loop.index }} then {{ loop.index }}{% endfor %} else 0 end as first_step,
        {{ any_step if is_unordered else 'is_step_1' }} as is_entry
    from {{ p }}_flagged
    where {{ any_step }}{% for step in funnel.exclude %} or is_out_{{ loop.index }}{% endfor %}
),

{{ p }}_numbered as (
    select
        *,
        row_number() over ({{ by_time }}) as place,
        count(case when is_entry then 1 end) over ({{ by_time }} rows between unbounded preceding and current row) as entry_number
    from {{ p }}_occurrences
    where unit_id is not null
),

{{ p }}_in_attempts as (
    select
        *,
        {{ 'entry_number' if is_every else 'cast(1 as bigint)' }} as attempt
    from {{ p }}_numbered
    where entry_number > 0
),

{{ p }}_reached_1 as (
    select
        e.unit_id,
        e.attempt,
        e.happened_at as entered_at,
        e.happened_at + interval {{ funnel.window }} second as ends_at,
        e.happened_at + interval {{ funnel.window }} second >= {{ as_of_at() }}{% if is_every %} and e.entry_number = l.last_entry{% endif %} as is_open,
        e.place,
        e.happened_at as reached_at
    from {{ p }}_in_attempts as e
    {%- if is_every %}
    inner join (
        select unit_id, max(entry_number) as last_entry from {{ p }}_in_attempts group by unit_id
    ) as l on l.unit_id = e.unit_id
    {%- endif %}
    where e.is_entry{{ ' and e.entry_number = 1' if not is_every }}
),
{% if is_unordered %}
{{ p }}_steps as (
    {%- for number in range(1, last + 1) %}
    select r.unit_id, {{ number }} as step_number, min(n.happened_at) as reached_at
    from {{ p }}_reached_1 as r
    inner join {{ p }}_in_attempts as n on n.unit_id = r.unit_id and n.is_step_{{ number }} and n.happened_at <= r.ends_at
    group by r.unit_id
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
),

{{ p }}_all as (
    select
        r.unit_id,
        r.attempt,
        r.entered_at,
        r.ends_at,
        r.is_open,
        s.reached_at,
        row_number() over (partition by s.unit_id order by s.reached_at, s.step_number) as step_number
    from {{ p }}_reached_1 as r
    inner join {{ p }}_steps as s on s.unit_id = r.unit_id
),
{% else %}
{%- for number in range(2, last + 1) %}
{{ p }}_reached_{{ number }} as (
    select
        r.unit_id,
        r.attempt,
        r.entered_at,
        r.ends_at,
        r.is_open,
        {%- if funnel.order == 'strict' %}
        -- twice the place, and one more where it is another step
        cast(floor(cast(min(2 * n.place + case when n.is_step_{{ number }} then 0 else 1 end) as double) / 2) as bigint) as place,
        {%- else %}
        min(n.place) as place,
        {%- endif %}
        min(n.happened_at) as reached_at
    from {{ p }}_reached_{{ number - 1 }} as r
    inner join {{ p }}_in_attempts as n
        on n.unit_id = r.unit_id and n.attempt = r.attempt and n.place > r.place and n.happened_at <= r.ends_at
        {%- if funnel.order == 'strict' %}
        and (n.is_step_{{ number }} or (n.first_step > 0 and not n.is_step_{{ number - 1 }}))
        {%- else %}
        and n.is_step_{{ number }}
        {%- endif %}
    group by r.unit_id, r.attempt, r.entered_at, r.ends_at, r.is_open
    {%- if funnel.order == 'strict' %}
    having mod(min(2 * n.place + case when n.is_step_{{ number }} then 0 else 1 end), 2) = 0
    {%- endif %}
),
{% endfor %}
{{ p }}_all as (
    {%- for number in range(1, last + 1) %}
    select unit_id, attempt, entered_at, ends_at, is_open, reached_at, cast({{ number }} as bigint) as step_number
    from {{ p }}_reached_{{ number }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
),
{% endif %}
{%- if funnel.exclude %}
-- who did what is excluded after the entry, and before the last step or the end
{{ p }}_out as (
    select r.unit_id, r.attempt, min(case{% for step in funnel.exclude %} when n.is_out_{{ loop.index }} then {{ loop.index }}{% endfor %} end) as out_number
    from {{ p }}_reached_1 as r
    inner join {{ p }}_in_attempts as n
        on n.unit_id = r.unit_id and n.attempt = r.attempt and n.happened_at > r.entered_at and n.happened_at <= r.ends_at
    left join {{ p }}_all as done on done.unit_id = r.unit_id and done.attempt = r.attempt and done.step_number = {{ last }}
    where (done.reached_at is null or n.happened_at < done.reached_at)
        and ({% for step in funnel.exclude %}{{ ' or ' if not loop.first }}n.is_out_{{ loop.index }}{% endfor %})
    group by r.unit_id, r.attempt
),
{% endif %}
{{ p }}_progress as (
    select
        a.unit_id,
        a.attempt,
        a.step_number,
        a.entered_at,
        a.reached_at,
        a.is_open,
        {%- if funnel.exclude %}
        case o.out_number{% for step in funnel.exclude %} when {{ loop.index }} then '{{ step.name }}'{% endfor %} end as excluded_reason
        {%- else %}
        cast(null as varchar) as excluded_reason
        {%- endif %}
    from {{ p }}_all as a
    {%- if funnel.exclude %}
    left join {{ p }}_out as o on o.unit_id = a.unit_id and o.attempt = a.attempt
    {%- endif %}
    union all
    select
        unit_id,
        cast(null as bigint) as attempt,
        cast(1 as bigint) as step_number,
        happened_at as entered_at,
        happened_at as reached_at,
        false as is_open,
        'unknown_{{ funnel.unit }}' as excluded_reason
    from {{ p }}_occurrences
    where unit_id is null and is_entry
)
{%- endmacro %}

{# The declared steps as rows: funnel_id, step_number, step_name and how the funnel is read. #}
{% macro funnel_steps() -%}
{%- for funnel in funnels() -%}
{%- set outer = loop -%}
{%- for step in funnel.steps %}
    select
        '{{ funnel.id }}' as funnel_id,
        cast({{ loop.index }} as bigint) as step_number,
        '{{ 'any_' ~ loop.index if funnel.order == 'unordered' else step.name }}' as step_name,
        '{{ funnel.unit }}' as unit,
        '{{ funnel.order }}' as step_order,
        '{{ funnel.re_entry }}' as re_entry,
        cast({{ funnel.window }} as bigint) as window_seconds,
        {{ funnel.version }} as definition_version
    {{- '\n    union all' if not (loop.last and outer.last) }}
{%- endfor -%}
{%- else %}
    select
        cast(null as varchar) as funnel_id,
        cast(null as bigint) as step_number,
        cast(null as varchar) as step_name,
        cast(null as varchar) as unit,
        cast(null as varchar) as step_order,
        cast(null as varchar) as re_entry,
        cast(null as bigint) as window_seconds,
        cast(null as integer) as definition_version
    where false
{%- endfor -%}
{%- endmacro %}
