-- One row per key of which any row may be different tonight: tokens whose visits changed or whose person did, the
-- sessions with them, and the persons that own or owned any of it, or whose mark is another. Of kind `journey`: persons
-- of whom a journey may be over by the clock alone. Empty when everything is rebuilt.
{{ config(post_hook="{{ note_changes() }}") }}
-- depends_on: {{ ref('chg_sessions') }}, {{ ref('int_person_marks') }}, {{ ref('int_person_tokens') }}, {{ ref('int_sessions') }}
{%- set plan = changes_plan() %}
{%- set journeys = adapter.get_relation(target.database, 'marts', 'fct_journeys') if execute %}
{%- if plan.mode == 'full' %}

select
    cast(null as varchar) as kind,
    cast(null as varchar) as key
where false
{%- else %}

-- whose person is another one than it was
with moved as (
    select
        coalesce(n.token, o.token) as token,
        o.person_id as former_person_id,
        n.person_id
    from {{ ref('int_person_tokens') }} as n
    full outer join night.token_persons as o on o.token = n.token
    where n.person_id is distinct from o.person_id
),

arrived as (
    select token from moved
    union
    select key as token from night.arrived where kind = 'token'
),

-- a session belongs to whoever logged in during it where its cookie is nobody's: it may go from one to the other
sessions as (
    select
        s.session_id,
        s.login_token
    from {{ ref('int_sessions') }} as s
    where s.visitor_token in (select token from moved)
    union
    select
        s.session_id,
        s.login_token
    from {{ ref('int_sessions') }} as s
    where s.login_token in (select token from moved)
),

persons as (
    select former_person_id as person_id from moved
    union
    select person_id from moved
    union
    select p.person_id
    from {{ ref('int_person_tokens') }} as p
    where p.token in (select token from arrived)
    union
    select p.person_id
    from {{ ref('int_person_tokens') }} as p
    where p.token in (select login_token from sessions)
    union
    select coalesce(n.person_id, o.person_id) as person_id
    from {{ ref('int_person_marks') }} as n
    full outer join night.person_marks as o on o.person_id = n.person_id
    where n.mark is distinct from o.mark
),

found as (
    select 'person' as kind, person_id as key from persons where person_id is not null
    union
    select 'session' as kind, session_id as key from sessions
    union
    select kind, key from night.arrived where kind = 'session'
{%- if journeys is not none %}
    union
    select 'journey' as kind, j.person_id as key
    from {{ journeys }} as j
    where j.is_open and (j.outcome <> 'none' or j.ended_at < {{ as_of_at() }} - interval {{ quiet_days() }} day)
{%- endif %}
{%- if plan.keeps_former %}
    union
    select kind, key from {{ this }}
{%- endif %}
)

select kind, key from found
{%- endif %}
