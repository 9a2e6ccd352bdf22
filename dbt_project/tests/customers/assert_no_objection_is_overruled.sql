{{ config(meta={'dagster': {'ref': {'name': 'dim_consents'}}}) }}
-- Why: who objected must not be written to. Where consent is granted, every objection of the person is older than the
-- person's own statement that stands; by default or by the customer relation it stands only where there is none.
-- A row here is an objection that was lost.
with objections as (

    select
        t.person_id,
        c.purpose,
        count(*) as objection_count,
        max(coalesce(c.stated_at, timestamp '9999-12-31 00:00:00')) as objected_at
    from {{ ref('int_consent_statements') }} as c
    inner join {{ ref('int_person_tokens') }} as t on t.token = c.person_token
    where c.state in ('refused', 'withdrawn') and (c.stated_at is null or c.stated_at < {{ as_of_at() }})
    group by t.person_id, c.purpose

)

select d.person_id, d.purpose, d.basis, d.stated_at, o.objected_at, o.objection_count
from {{ ref('dim_consents') }} as d
inner join objections as o on o.person_id = d.person_id and o.purpose = d.purpose
where true is distinct from (d.state <> 'granted' or (d.basis = 'statement' and d.stated_at > o.objected_at))
