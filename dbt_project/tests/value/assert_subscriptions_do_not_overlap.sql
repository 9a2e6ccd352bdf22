-- A person holds a product once at a time: overlapping records are merged into one stretch. A row here is a
-- stretch that reaches into the next one of the same person and product, counted twice in every figure.
with stretches as (

    select
        subscription_id,
        person_id,
        product_id,
        started_at,
        ended_at,
        lead(started_at) over (partition by person_id, product_id order by started_at) as next_started_at
    from {{ ref('fct_subscriptions') }}
    where person_id is not null

)

select *
from stretches
where true is distinct from (
    (ended_at is null or ended_at > started_at)
    and (next_started_at is null or ended_at < next_started_at)
)
    or (next_started_at is not null and ended_at is null)
