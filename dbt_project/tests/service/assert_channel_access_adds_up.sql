-- Attempts are the contacts that customers began, each of one kind; what was scheduled is open or in an outage. A row here is a
-- channel, or a day of it, of which one of these does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'agg_channel_access'}}}) }}
with contacts as (

    select
        channel,
        count(*) as n
    from {{ ref('fct_contacts') }}
    where excluded_reason is null and coalesce(direction, 'inbound') <> 'outbound' and channel is not null
        and local_date is not null
    group by channel

),

attempts as (

    select
        channel,
        sum(attempts) as n
    from {{ ref('agg_channel_access') }}
    group by channel

)

select
    coalesce(c.channel, a.channel) as channel,
    cast(null as date) as date
from contacts as c
full join attempts as a on a.channel = c.channel
where a.n is distinct from c.n
union all
select
    channel,
    date
from {{ ref('agg_channel_access') }}
where attempts is distinct from in_hours + out_of_hours + in_outage + hours_unknown
    or blocked is null or blocked > attempts
    or open_seconds is distinct from scheduled_seconds - outage_seconds
    or outage_seconds is null or outage_seconds < 0 or open_seconds < 0
    or access_share < 0 or access_share > 1 or (access_share is null) <> (scheduled_seconds = 0)
