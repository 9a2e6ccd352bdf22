-- The touchpoints of each person in order, cut into journeys. Only what came before is stored: a later touchpoint
-- changes no row before it.
{%- set by_time = 'partition by person_number order by occurred_at, kind, touchpoint_id' %}
{%- set before = ' rows between unbounded preceding and 1 preceding' %}
{%- set so_far = ' rows between unbounded preceding and current row' %}

with persons as (
    select
        t.*,
        coalesce(p.person_id, l.person_id) as person_id,
        coalesce(p.person_number, l.person_number) as person_number,
        {{ over_at('t.outcome', 't.outcome_at') }} as over_at
    from {{ ref('int_touchpoints') }} as t
    left join {{ ref('int_person_tokens') }} as p on p.token = t.token
    left join {{ ref('int_person_tokens') }} as l on l.token = t.other_token
    where coalesce(p.person_id, l.person_id) is not null
),

-- what the windows need and no more: sorting whole rows took most of the time (measured)
ordered as (
    select
        person_number,
        touchpoint_id,
        kind,
        channel,
        occurred_at,
        row_number() over ({{ by_time }}) as step,
        lag(touchpoint_id) over ({{ by_time }}) as prev_touchpoint_id,
        lag(kind) over ({{ by_time }}) as prev_kind,
        lag(channel) over ({{ by_time }}) as prev_channel,
        lag(stage) over ({{ by_time }}) as prev_stage,
        lag(occurred_at) over ({{ by_time }}) as prev_at,
        max(over_at) over ({{ by_time }}{{ before }}) as journey_over_at,
        max(case when knows_identity then occurred_at end) over ({{ by_time }}{{ before }}) as identity_known_at,
        count(case when kind = 'order' then 1 end) over ({{ by_time }}{{ so_far }}) as order_number,
        count(case when kind = 'contact' then 1 end) over ({{ by_time }}{{ so_far }}) as contact_number
    from persons
),

started as (
    select
        *,
        case
            when prev_at is null then 'first_touch'
            when occurred_at - prev_at > interval {{ quiet_days() }} day then 'quiet'
            when occurred_at > journey_over_at and prev_at <= journey_over_at then 'after_outcome'
        end as journey_trigger
    from ordered
),

begun as (
    select
        *,
        max(case when journey_trigger is not null then step end)
            over (partition by person_number order by step{{ so_far }}) as journey_start
    from started
),

placed as (
    select
        p.person_id,
        p.source,
        p.detail,
        p.touchpoint,
        p.stage,
        p.rule_number,
        p.outcome,
        p.outcome_at,
        p.emotion,
        p.ces_score,
        p.effort_count,
        p.wait_seconds,
        p.reference,
        p.reason,
        p.bounce_count,
        p.asks_identity,
        b.*,
        s.touchpoint_id as journey_id,
        b.step - b.journey_start + 1 as journey_step,
        b.journey_trigger is null and b.channel <> b.prev_channel as is_switch,
        p.asks_identity and coalesce(b.identity_known_at >= s.occurred_at, false) as is_identity_again
    from begun as b
    inner join persons as p on p.touchpoint_id = b.touchpoint_id
    inner join begun as s on s.person_number = b.person_number and s.step = b.journey_start
    where s.journey_trigger is not null
),

-- where each case, conversation or order comes up first in a journey
first_references as (
    select
        journey_id,
        reference,
        min(step) as step
    from placed
    where reference is not null
    group by journey_id, reference
    having count(*) > 1
),

contacts as (
    select
        touchpoint_id,
        lag(occurred_at) over (partition by journey_id, reason order by step) as same_reason_at,
        lag(reference) over (partition by journey_id, reason order by step) as same_reason_reference,
        lag(channel) over (partition by journey_id order by step) as contact_channel,
        count(*) over (partition by journey_id, channel order by step{{ before }}) as channel_count
    from placed
    where kind = 'contact'
),

told as (
    select
        p.*,
        coalesce(p.step > f.step, false) as is_same_case,
        p.reason is not null
            and coalesce(c.same_reason_at >= p.occurred_at - interval {{ repeat_days() }} day, false)
            and c.same_reason_reference <> p.reference as is_repeat_contact,
        coalesce(c.contact_channel <> p.channel and c.channel_count > 0, false) as is_channel_hop
    from placed as p
    left join first_references as f on f.journey_id = p.journey_id and f.reference = p.reference
    left join contacts as c on c.touchpoint_id = p.touchpoint_id
)

select
    touchpoint_id,
    person_id,
    step,
    source,
    kind,
    detail,
    channel,
    touchpoint,
    stage,
    cast(rule_number as integer) as rule_number,
    {{ stage_rules_version() }} as stage_version,
    case
        when kind = 'order' and order_number = 1 then 'first_order'
        when kind = 'contact' and contact_number = 1 then 'first_contact'
        when kind = 'subscription' and detail = 'renewal' then 'renewal'
        when kind = 'subscription' and detail = 'cancel' then 'cancellation'
    end as moment_of_truth,
    outcome,
    emotion,
    cast(ces_score as decimal(18, 2)) as ces_score,
    cast(effort_count as bigint) as effort_count,
    cast(wait_seconds as decimal(18, 3)) as wait_seconds,
    reference,
    journey_id,
    journey_step,
    journey_trigger,
    is_switch,
    case
        when not is_switch then null
        when is_identity_again then 'lost'
        when is_same_case then 'carried'
        when is_repeat_contact then 'lost'
        else 'not_applicable'
    end as switch_context,
    case
        when not is_switch then null
        when is_identity_again then 'identity_again'
        when is_same_case then 'same_reference'
        when is_repeat_contact then 'same_reason'
        else 'no_case'
    end as switch_basis,
    is_repeat_contact,
    is_channel_hop,
    cast(bounce_count as bigint) as bounce_count,
    prev_touchpoint_id,
    prev_kind,
    prev_channel,
    prev_stage,
    {{ seconds_between('prev_at', 'occurred_at') }} as seconds_since_prev,
    occurred_at,
    case when outcome_at > occurred_at then outcome_at else occurred_at end as outcome_at,
    prev_at,
    {{ local_date('occurred_at') }} as local_date
from told
