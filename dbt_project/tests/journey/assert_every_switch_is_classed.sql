-- Why: the share of switches that kept the context means something only if every switch of channel inside a journey is
-- classed, once. A row here is a pair of channels, or a journey's count, where carried, lost and not applicable are not
-- all switches, as told from the order of touchpoints alone.
{{ config(meta={'dagster': {'ref': {'name': 'agg_channel_switches'}}}) }}

with switches as (
    select
        b.channel as from_channel,
        a.channel as to_channel,
        a.switch_context,
        a.switch_basis
    from {{ ref('fct_touchpoints') }} as a
    inner join {{ ref('fct_touchpoints') }} as b on b.journey_id = a.journey_id and b.journey_step = a.journey_step - 1
    where a.channel <> b.channel
),

expected as (
    select
        from_channel,
        to_channel,
        count(*) as switch_count,
        count(case when switch_context = 'carried' and switch_basis = 'same_reference' then 1 end) as carried_count,
        count(case when switch_context = 'lost' and switch_basis in ('same_reason', 'identity_again') then 1 end) as lost_count,
        count(case when switch_context = 'not_applicable' and switch_basis = 'no_case' then 1 end) as not_applicable_count
    from switches
    group by from_channel, to_channel
),

told as (
    select from_channel, to_channel, switch_count, carried_count, lost_count, not_applicable_count
    from {{ ref('agg_channel_switches') }}
    where identity_again_count <= lost_count
),

totals as (
    select
        count(case when is_switch or switch_context is not null then 1 end) as switch_count,
        (select coalesce(sum(switch_count), 0) from {{ ref('fct_journeys') }}) as of_journeys,
        (select coalesce(sum(carried_count + lost_count), 0) from {{ ref('fct_journeys') }}) as classed_of_journeys,
        (select coalesce(sum(switch_count), 0) from {{ ref('agg_channel_switches') }}) as of_pairs,
        (select coalesce(sum(carried_count + lost_count), 0) from {{ ref('agg_channel_switches') }}) as classed_of_pairs
    from {{ ref('fct_touchpoints') }}
)

select
    coalesce(e.from_channel, t.from_channel) as from_channel,
    coalesce(e.to_channel, t.to_channel) as to_channel,
    e.switch_count as expected_count,
    t.switch_count
from expected as e
full outer join told as t on t.from_channel = e.from_channel and t.to_channel = e.to_channel
where true is distinct from (
    t.switch_count = e.switch_count
    and t.carried_count = e.carried_count
    and t.lost_count = e.lost_count
    and t.not_applicable_count = e.not_applicable_count
    and t.switch_count = t.carried_count + t.lost_count + t.not_applicable_count
)
union all
select 'all' as from_channel, 'all' as to_channel, switch_count, cast(of_pairs as bigint)
from totals
where true is distinct from (
    of_pairs = switch_count and of_journeys = switch_count and classed_of_journeys = classed_of_pairs
)
