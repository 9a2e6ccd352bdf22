create table marts."fct_touchpoints" as
-- The touchpoints of each person in order, cut into journeys. Only what came before is stored: a later touchpoint
-- changes no row before it.

-- depends_on: "intermediate"."chg_keys"

with persons as (
    select
        t.*,
        coalesce(p.person_id, l.person_id) as person_id,
        coalesce(p.person_number, l.person_number) as person_number,
        case t.outcome when 'converted' then t.outcome_at + interval 1 day when 'cancelled' then t.outcome_at + interval 1 day when 'renewed' then t.outcome_at + interval 1 day when 'solved' then t.outcome_at + interval 7 day end as over_at
    from "intermediate"."int_touchpoints" as t
    left join "intermediate"."int_person_tokens" as p on p.token = t.token
    left join "intermediate"."int_person_tokens" as l on l.token = t.other_token
    where coalesce(p.person_id, l.person_id) is not null
),

-- what the windows need and no more: sorting whole rows took most of the time (measured)
ordered as (
    select
        person_number,
        touchpoint_id,
        kind,
        channel,
        reference,
        reason,
        occurred_at,
        row_number() over (partition by person_number order by occurred_at, kind, touchpoint_id) as step,
        lag(touchpoint_id) over (partition by person_number order by occurred_at, kind, touchpoint_id) as prev_touchpoint_id,
        lag(kind) over (partition by person_number order by occurred_at, kind, touchpoint_id) as prev_kind,
        lag(channel) over (partition by person_number order by occurred_at, kind, touchpoint_id) as prev_channel,
        lag(stage) over (partition by person_number order by occurred_at, kind, touchpoint_id) as prev_stage,
        lag(occurred_at) over (partition by person_number order by occurred_at, kind, touchpoint_id) as prev_at,
        max(over_at) over (partition by person_number order by occurred_at, kind, touchpoint_id rows between unbounded preceding and 1 preceding) as journey_over_at,
        max(case when knows_identity then occurred_at end) over (partition by person_number order by occurred_at, kind, touchpoint_id rows between unbounded preceding and 1 preceding) as identity_known_at,
        count(case when kind = 'order' then 1 end) over (partition by person_number order by occurred_at, kind, touchpoint_id rows between unbounded preceding and current row) as order_number,
        count(case when kind = 'contact' then 1 end) over (partition by person_number order by occurred_at, kind, touchpoint_id rows between unbounded preceding and current row) as contact_number
    from persons
),

started as (
    select
        *,
        case
            when prev_at is null then 'first_touch'
            when occurred_at - prev_at > interval 30 day then 'quiet'
            when occurred_at > journey_over_at and prev_at <= journey_over_at then 'after_outcome'
        end as journey_trigger
    from ordered
),

begun as (
    select
        *,
        max(case when journey_trigger is not null then step end)
            over (partition by person_number order by step rows between unbounded preceding and current row) as journey_start
    from started
),

-- where each case, conversation or order comes up first in a journey
first_references as (
    select
        person_number,
        journey_start,
        reference,
        min(step) as step
    from begun
    where reference is not null
    group by person_number, journey_start, reference
    having count(*) > 1
),

contacts as (
    select
        person_number,
        step,
        lag(occurred_at) over (partition by person_number, journey_start, reason order by step) as same_reason_at,
        lag(reference) over (partition by person_number, journey_start, reason order by step) as same_reason_reference,
        lag(channel) over (partition by person_number, journey_start order by step) as contact_channel,
        count(*) over (partition by person_number, journey_start, channel order by step rows between unbounded preceding and 1 preceding) as channel_count
    from begun
    where kind = 'contact'
),

told as (
    select
        b.*,
        s.touchpoint_id as journey_id,
        b.step - b.journey_start + 1 as journey_step,
        b.journey_trigger is null and b.channel <> b.prev_channel as is_switch,
        coalesce(b.identity_known_at >= s.occurred_at, false) as is_identity_known,
        coalesce(b.step > f.step, false) as is_same_case,
        b.reason is not null
            and coalesce(c.same_reason_at >= b.occurred_at - interval 7 day, false)
            and c.same_reason_reference <> b.reference as is_repeat_contact,
        coalesce(c.contact_channel <> b.channel and c.channel_count > 0, false) as is_channel_hop
    from begun as b
    inner join begun as s on s.person_number = b.person_number and s.step = b.journey_start
    left join first_references as f
        on f.person_number = b.person_number and f.journey_start = b.journey_start and f.reference = b.reference
    left join contacts as c on c.person_number = b.person_number and c.step = b.step
)

select
    t.touchpoint_id,
    p.person_id,
    t.step,
    p.source,
    t.kind,
    p.detail,
    t.channel,
    p.touchpoint,
    p.stage,
    cast(p.rule_number as integer) as rule_number,
    2 as stage_version,
    case
        when t.kind = 'order' and t.order_number = 1 then 'first_order'
        when t.kind = 'contact' and t.contact_number = 1 then 'first_contact'
        when t.kind = 'subscription' and p.detail = 'renewal' then 'renewal'
        when t.kind = 'subscription' and p.detail = 'cancel' then 'cancellation'
    end as moment_of_truth,
    p.outcome,
    p.emotion,
    cast(p.ces_score as decimal(18, 2)) as ces_score,
    cast(p.effort_count as bigint) as effort_count,
    cast(p.wait_seconds as decimal(18, 3)) as wait_seconds,
    t.reference,
    t.journey_id,
    t.journey_step,
    t.journey_trigger,
    t.is_switch,
    case
        when not t.is_switch then null
        when p.asks_identity and t.is_identity_known then 'lost'
        when t.is_same_case then 'carried'
        when t.is_repeat_contact then 'lost'
        else 'not_applicable'
    end as switch_context,
    case
        when not t.is_switch then null
        when p.asks_identity and t.is_identity_known then 'identity_again'
        when t.is_same_case then 'same_reference'
        when t.is_repeat_contact then 'same_reason'
        else 'no_case'
    end as switch_basis,
    t.is_repeat_contact,
    t.is_channel_hop,
    cast(p.bounce_count as bigint) as bounce_count,
    t.prev_touchpoint_id,
    t.prev_kind,
    t.prev_channel,
    t.prev_stage,
    cast(floor(cast(/*engine*/ epoch_us(t.occurred_at) /*end*/ - /*engine*/ epoch_us(t.prev_at) /*end*/ as double) / 1000000) as bigint) as seconds_since_prev,
    t.occurred_at,
    case when p.outcome_at > t.occurred_at then p.outcome_at else t.occurred_at end as outcome_at,
    t.prev_at,
    cast(t.occurred_at as date) as local_date
from told as t
inner join persons as p on p.touchpoint_id = t.touchpoint_id;
