create table marts."dim_consents" as
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
        t.person_number,
        c.purpose,
        c.person_token,
        c.state,
        c.stated_at,
        case
            when c.state <> 'granted' and c.stated_at is null then 3
            when c.state = 'granted' and c.basis = 'existing_customer' then 0
            when c.stated_at is null then 1
            else 2
        end as weight,
        case c.state when 'withdrawn' then 2 when 'granted' then 0 else 1 end as strictness
    from "intermediate"."int_consent_statements" as c
    inner join "intermediate"."int_person_tokens" as t on t.token = c.person_token
    where c.stated_at is null or c.stated_at < timestamp '{as_of_at}'

),

-- those that share place 1 were made at one instant
ranked as (

    select
        *,
        rank() over (partition by person_number, purpose order by weight desc, stated_at desc) as place
    from statements

),

stated as (

    select
        person_number,
        purpose,
        max(case when place = 1 then weight end) as weight,
        max(case when place = 1 then strictness end) as strictness,
        max(case when place = 1 then stated_at end) as stated_at,
        count(*) as statement_count,
        count(case when state = 'granted' then 1 end) as granted_count
    from ranked
    group by person_number, purpose

),

-- asked only of the few who said both: what each token said last
last_words as (

    select
        s.person_number,
        s.purpose,
        (s.state = 'granted') <> (d.strictness = 0) as is_opposite,
        rank() over (
            partition by s.person_number, s.purpose, s.person_token order by s.weight desc, s.stated_at desc
        ) as place_of_token
    from statements as s
    inner join stated as d on d.person_number = s.person_number and d.purpose = s.purpose
    where d.granted_count > 0 and d.granted_count < d.statement_count

),

contradictions as (

    select
        person_number,
        purpose,
        count(*) as contradicting_count
    from last_words
    where place_of_token = 1 and is_opposite
    group by person_number, purpose

),

purposes as (

    select 'analytics' as purpose, 'refused' as state union all
    select 'advertising' as purpose, 'refused' as state union all
    select 'email_marketing' as purpose, 'refused' as state union all
    select 'phone_marketing' as purpose, 'refused' as state

),

persons as (

    select distinct person_number, person_id from "intermediate"."int_person_tokens"

)

select
    p.person_id,
    u.purpose,
    case s.strictness when 2 then 'withdrawn' when 1 then 'refused' when 0 then 'granted' else u.state end as state,
    case when s.weight is null then 'default' when s.weight = 0 then 'existing_customer' else 'statement' end as basis,
    coalesce(s.statement_count, 0) as statement_count,
    coalesce(c.contradicting_count, 0) as contradicting_count,
    s.stated_at
from persons as p
cross join purposes as u
left join stated as s on s.person_number = p.person_number and s.purpose = u.purpose
left join contradictions as c on c.person_number = p.person_number and c.purpose = u.purpose;
