-- Every reason is told with all its contacts; where two channels are large enough, the two that differ most stand there. A row here
-- is a measure and reason of which one of these does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'agg_channel_consistency'}}}) }}
with reasons as (

    select
        reason,
        count(*) as n
    from {{ ref('fct_resolutions') }}
    where excluded_reason is null and reason is not null and channel is not null
    group by reason

)

select
    'resolution' as measure,
    coalesce(r.reason, c.reason) as reason
from reasons as r
full join (select * from {{ ref('agg_channel_consistency') }} where measure = 'resolution') as c on c.reason = r.reason
where c.n is distinct from r.n
union all
select
    measure,
    reason
from {{ ref('agg_channel_consistency') }}
where (channels >= 2) <> (difference is not null)
    or (difference is null) <> (high_channel is null)
    or (difference is null) <> (low_channel is null)
    or high_channel = low_channel
    or abs(high_value - low_value - difference) > 0.000001
    or difference < 0
    or p_adjusted < p_value or p_adjusted > 1
