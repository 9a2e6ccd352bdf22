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

ordered as (
    select
        *,
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

placed as (
    select
        *,
        max(case when journey_trigger is not null then step end) over ({{ by_time }}{{ so_far }}) as journey_start,
        {{ last_known('case when journey_trigger is not null then touchpoint_id end', by_time ~ so_far) }} as journey_id,
        {{ last_known('case when journey_trigger is not null then occurred_at end', by_time ~ so_far) }} as journey_started_at
    from started
),

-- what was said before in the same journey: of the same case, and in contacts of the same reason and channel
referring as (
    select
        person_number,
        step,
        count(*) over (partition by person_number, journey_start, reference order by step{{ before }}) as reference_count,
        case when reason is not null
            then lag(occurred_at) over (partition by person_number, journey_start, kind, reason order by step)
        end as same_reason_at,
        lag(reference) over (partition by person_number, journey_start, kind, reason order by step) as same_reason_reference,
        lag(channel) over (partition by person_number, journey_start, kind order by step) as contact_channel,
        count(*) over (partition by person_number, journey_start, kind, channel order by step{{ before }}) as channel_count
    from placed
    where reference is not null
),

told as (
    select
        p.*,
        p.journey_trigger is null and p.channel <> p.prev_channel as is_switch,
        coalesce(r.reference_count > 0, false) as is_same_case,
        p.kind = 'contact' and coalesce(r.same_reason_at >= p.occurred_at - interval {{ repeat_days() }} day, false)
            and r.same_reason_reference <> p.reference as is_repeat_contact,
        p.kind = 'contact' and coalesce(r.contact_channel <> p.channel, false) and r.channel_count > 0 as is_channel_hop,
        p.asks_identity and coalesce(p.identity_known_at >= p.journey_started_at, false) as is_identity_again
    from placed as p
    left join referring as r on r.person_number = p.person_number and r.step = p.step
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
    step - journey_start + 1 as journey_step,
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
