{{ config(meta={'dagster': {'ref': {'name': 'fct_segment_membership'}}}) }}
-- From the day first seen on, everybody is in exactly one segment of each scheme on every day: a stay ends where
-- the next begins, only the last is open, and a stay is at least a day. A row here is a person with two
-- segments or none on some day: parts would no longer sum to the whole.
with stays as (

    select
        m.*,
        d.first_seen_date,
        lead(m.valid_from) over (partition by m.person_id, m.scheme order by m.valid_from) as next_from,
        row_number() over (partition by m.person_id, m.scheme order by m.valid_from) as stay_number
    from {{ ref('fct_segment_membership') }} as m
    left join {{ ref('dim_customers') }} as d on d.person_id = m.person_id

),

schemes as (

    select distinct scheme from {{ ref('dim_segments') }}

)

select d.person_id, c.scheme
from {{ ref('dim_customers') }} as d
cross join schemes as c
left join {{ ref('fct_segment_membership') }} as m on m.person_id = d.person_id and m.scheme = c.scheme
where m.person_id is null and d.first_seen_date < {{ as_of() }}
union all
select person_id, scheme
from stays
where true is distinct from (
    (next_from is null or coalesce(valid_to = next_from, false))
    and (next_from is not null or valid_to is null)
    and (valid_to is null or valid_to > valid_from)
    and (stay_number > 1 or coalesce(valid_from = first_seen_date, false))
    and (stay_number = 1 or {{ iso_weekday('valid_from') }} = 1)
)
