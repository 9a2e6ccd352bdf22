-- Each person and purpose with the state that stands at as_of. The rule, for all statements of all tokens of a person:
-- 1. A statement of a later instant than as_of does not count yet.
-- 2. An objection (refused, withdrawn) without a time stands: nobody can say that it was taken back.
-- 3. Else the latest statement wins; of one instant the strictest: withdrawn before refused before granted.
-- 4. A grant without a time comes behind every statement that has one, and behind all a grant that only the customer
--    relation gives (basis existing_customer): it is no act of the person, so that a second record of the CRM with
--    an empty tick box takes no objection back.
-- 5. Who never stated anything falls under `[consent] default` of cx.toml.
-- In which order statements were delivered changes nothing. A token's last word that says the opposite of what stands
-- is a contradiction; that somebody granted first and withdrew later is none.
with statements as (

    select
        t.person_id,
        c.purpose,
        c.person_token,
        c.source,
        c.source_id,
        c.state,
        c.stated_at,
        case when c.state = 'granted' and c.basis = 'existing_customer' then 'existing_customer' else 'statement' end
            as basis,
        case
            when c.state <> 'granted' and c.stated_at is null then 3
            when c.state = 'granted' and c.basis = 'existing_customer' then 0
            when c.stated_at is null then 1
            else 2
        end as weight,
        case c.state when 'withdrawn' then 2 when 'refused' then 1 else 0 end as strictness
    from {{ ref('consents') }} as c
    inner join {{ ref('int_person_tokens') }} as t on t.token = c.person_token
    where c.stated_at is null or c.stated_at < {{ as_of_at() }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by person_id, purpose
            order by weight desc, stated_at desc, strictness desc, source, source_id
        ) as place,
        rank() over (
            partition by person_id, purpose, person_token order by weight desc, stated_at desc
        ) as place_of_token
    from statements

),

stated as (

    select
        person_id,
        purpose,
        max(case when place = 1 then state end) as state,
        max(case when place = 1 then basis end) as basis,
        max(case when place = 1 then stated_at end) as stated_at,
        count(*) as statement_count,
        count(case when place_of_token = 1 and state = 'granted' then 1 end) as granted_count,
        count(case when place_of_token = 1 and state <> 'granted' then 1 end) as objected_count
    from ranked
    group by person_id, purpose

),

purposes as (
{% for purpose, state in consent_default().items() %}
    select '{{ purpose }}' as purpose, '{{ state }}' as state
    {{- ' union all' if not loop.last }}
{%- else %}
    select '' as purpose, '' as state
{%- endfor %}

),

persons as (

    select distinct person_id from {{ ref('int_person_tokens') }}

)

select
    p.person_id,
    u.purpose,
    coalesce(s.state, u.state) as state,
    coalesce(s.basis, 'default') as basis,
    coalesce(s.statement_count, 0) as statement_count,
    coalesce(case when s.state = 'granted' then s.objected_count else s.granted_count end, 0) as contradicting_count,
    s.stated_at
from persons as p
cross join purposes as u
left join stated as s on s.person_id = p.person_id and s.purpose = u.purpose
