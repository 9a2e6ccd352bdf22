{# The version of the code that sessions are cut by: SQL, rules, staging and contracts under it. #}
{% macro sessions_version() %}
  {{ return(local_md5(cut_sessions() ~ session_events() ~ code_under('web_events'))) }}
{% endmacro %}

{# What changed since the state (`load_number`, `seen_at`): (visitor_token, changed_at), several rows a visitor.
   Arrivals; rows held until now; sessions over which a row lay that lost a conflict since; a backfill's days. #}
{% macro changed_visitors(load_number, seen_at, sessions) -%}
select coalesce(e.visitor_token, e.login_token) as visitor_token, e.occurred_at as changed_at
from {{ ref('web_events') }} as e
where e.load_number > {{ load_number }}
union all
select coalesce(e.visitor_token, e.login_token) as visitor_token, e.occurred_at as changed_at
from {{ ref('web_events') }} as e
where e.occurred_at >= {{ seen_at }}
{%- for node in under_entity('web_events').sources %}
{%- set lost = superseded(api.Relation.create(database=node.database, schema=node.schema, identifier=node.identifier)) %}
{%- set first = run_query('select cast(min(_time) as varchar) as first from ' ~ lost ~ ' where _load > ' ~ load_number).rows[0].first %}
{%- if first is not none %}
union all
select s.visitor_token, l._time as changed_at
from {{ lost }} as l
inner join {{ sessions }} as s on s.started_at <= l._time and s.ended_at >= l._time
where l._load > {{ load_number }} and s.started_at >= timestamp '{{ first }}' - interval 25 hour
{%- endif %}
{%- endfor %}
{%- if var('backfill_from', none) is not none %}
{%- set first_at = "timestamp '" ~ var('backfill_from') ~ " 00:00:00' - interval 1 day" %}
{%- set last_at = "timestamp '" ~ var('backfill_to') ~ " 00:00:00' + interval 2 day" %}
union all
select coalesce(e.visitor_token, e.login_token) as visitor_token, e.occurred_at as changed_at
from {{ ref('web_events') }} as e
where e.occurred_at >= {{ first_at }} and e.occurred_at < {{ last_at }}
union all
select s.visitor_token, s.started_at as changed_at
from {{ sessions }} as s
where s.started_at >= {{ first_at }} and s.started_at < {{ last_at }}
{%- endif %}
{%- endmacro %}
