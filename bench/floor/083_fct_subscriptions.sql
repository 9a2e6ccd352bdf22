create table marts."fct_subscriptions" as
-- Each stretch in which a person held a product without a gap. Records that overlap or touch are one
-- stretch (renewals, double entries); a later stretch after a gap is a win-back. An agreed end that passed is
-- no end: it may renew by itself, and the source tells the actual end. An end still to come is none yet.
with records as (

    select
        s.source || '/' || s.source_id as record_id,
        s.source,
        p.person_id,
        coalesce(p.person_id, s.person_token, s.source || '/' || s.source_id) as holder,
        coalesce(s.product_id, 'unknown') as product_id,
        s.plan,
        s.amount,
        s.currency,
        s.started_at,
        s.ended_at as told_end_at,
        s.end_reason
    from "entities"."subscriptions" as s
    left join "intermediate"."int_person_tokens" as p on p.token = s.person_token

),

periods as (

    select
        record_id,
        source,
        person_id,
        holder,
        product_id,
        plan,
        amount,
        currency,
        started_at,
        case when told_end_at < timestamp '{as_of_at}' then told_end_at end as ended_at,
        end_reason
    from records
    where started_at < timestamp '{as_of_at}'
        and (told_end_at is null or told_end_at > started_at)

),

reached as (

    select
        *,
        max(coalesce(ended_at, timestamp '{as_of_at}')) over (
            partition by holder, product_id order by started_at, record_id
            rows between unbounded preceding and 1 preceding
        ) as held_until
    from periods

),

numbered as (

    select
        *,
        sum(case when held_until >= started_at then 0 else 1 end) over (
            partition by holder, product_id order by started_at, record_id
            rows between unbounded preceding and current row
        ) as stretch_number
    from reached

),

ranked as (

    select
        *,
        row_number() over (
            partition by holder, product_id, stretch_number order by started_at, record_id
        ) as first_rank,
        row_number() over (
            partition by holder, product_id, stretch_number
            order by coalesce(ended_at, timestamp '{as_of_at}') desc, started_at desc, record_id desc
        ) as last_rank
    from numbered

),

stretches as (

    select
        max(case when first_rank = 1 then record_id end) as subscription_id,
        max(case when first_rank = 1 then source end) as source,
        max(person_id) as person_id,
        product_id,
        max(case when last_rank = 1 then plan end) as plan,
        max(case when last_rank = 1 then amount end) as amount,
        max(case when last_rank = 1 then currency end) as currency,
        count(*) as record_count,
        cast(stretch_number as bigint) as stretch_number,
        max(case when last_rank = 1 then ended_at end) as ended_at,
        max(case when last_rank = 1 then end_reason end) as end_reason,
        min(started_at) as started_at
    from ranked
    group by holder, product_id, stretch_number

)

select
    subscription_id,
    source,
    person_id,
    product_id,
    plan,
    cast(amount as decimal(18, 2)) as amount,
    currency,
    record_count,
    stretch_number,
    stretch_number > 1 as is_win_back,
    case when record_count > 1 then 'merged' else 'single' end as made_by,
    case when ended_at is not null then end_reason end as end_reason,
    started_at,
    ended_at,
    cast(started_at as date) as started_date,
    cast(ended_at as date) as ended_date
from stretches;
