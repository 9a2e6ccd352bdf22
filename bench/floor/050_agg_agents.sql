create table marts."agg_agents" as
-- What agents do, month by month: each stretch of a contact counts for the agent who worked in it, so a contact that was
-- transferred counts for each of them. An agent is a token; those of a team of fewer than five in the month stand together, so
-- that nobody is looked at alone.
with stretches as (

    select
        s.source,
        s.source || '/' || s.contact_id as contact_id,
        s.agent_token,
        cast(cast(/*engine*/ epoch_us(s.ended_at) /*end*/ - /*engine*/ epoch_us(s.started_at) /*end*/ as double) / 1000000 as decimal(18, 3)) as seconds,
        case when s.ended_at < s.started_at or s.ended_at is null then 1 else 0 end as is_implausible
    from "entities"."contact_segments" as s
    where s.agent_token is not null and s.kind in ('talk', 'hold', 'wrap_up')

),

by_contact as (

    select
        source,
        contact_id,
        agent_token,
        sum(is_implausible) as implausible,
        sum(seconds) as handle_seconds
    from stretches
    group by source, contact_id, agent_token

),

-- a case without stretches is its agent's whole
worked as (

    select
        f.contact_id,
        f.source,
        coalesce(b.agent_token, f.agent_token) as agent_token,
        coalesce(f.team, 'unknown') as team,
        f.is_transferred,
        cast(date_trunc('month', f.local_date) as date) as month,
        case when b.implausible = 0 then b.handle_seconds end as handle_seconds,
        r.excluded_reason is null and r.contact_id is not null as is_judged,
        r.is_back_in_channel
    from "marts"."fct_contacts" as f
    left join by_contact as b on b.contact_id = f.contact_id
    left join "marts"."fct_resolutions" as r on r.contact_id = f.contact_id
    where f.excluded_reason is null
        and f.local_date is not null
        and coalesce(b.agent_token, f.agent_token) is not null

),

teams as (

    select
        source,
        team,
        month,
        count(distinct agent_token) as agents
    from worked
    group by source, team, month

),

named as (

    select
        w.*,
        case when t.agents >= 5 then w.team else 'small teams' end as shown_team,
        case when t.agents >= 5 then w.agent_token else 'together' end as shown_agent
    from worked as w
    inner join teams as t on t.source = w.source and t.team = w.team and t.month = w.month

),

summed as (

    select
        source,
        month,
        shown_team as team,
        shown_agent as agent_token,
        count(distinct agent_token) as agents,
        count(*) as contacts,
        count(case when is_transferred then 1 end) as transferred,
        count(handle_seconds) as handled,
        cast(sum(handle_seconds) as decimal(18, 3)) as handle_seconds,
        cast(sum(cast(handle_seconds as decimal(15, 3)) * cast(handle_seconds as decimal(15, 3))) as decimal(38, 6)) as squares,
        count(case when is_judged then 1 end) as judged,
        count(case when is_judged and not is_back_in_channel then 1 end) as resolved
    from named
    group by source, month, shown_team, shown_agent

)

select
    source,
    month,
    team,
    agent_token,
    agents,
    contacts,
    transferred,
    handled,
    handle_seconds,
    cast(handle_seconds as double) / nullif(handled, 0) as aht,
    case when handled > 1 then (cast(handle_seconds as double) / nullif(handled, 0)) - (case when handled - 1 = 1 then 12.7062047 else 1.9599640
    + cast(2.3722712 as double) / nullif(cast(handled - 1 as double), 0)
    + cast(2.8224986 as double) / nullif(cast(handled - 1 as double) * cast(handled - 1 as double), 0)
    + cast(2.5558497 as double) / nullif(cast(handled - 1 as double) * cast(handled - 1 as double) * cast(handled - 1 as double), 0)
    + cast(1.5895341 as double) / nullif(cast(handled - 1 as double) * cast(handled - 1 as double) * cast(handled - 1 as double) * cast(handled - 1 as double), 0) end) * sqrt(
    cast(greatest(cast(squares as double) - (cast(handle_seconds as double) / nullif(handled, 0)) * cast(handle_seconds as double), 0) as double)
    / nullif(cast(handled as double) * (handled - 1), 0)) end as aht_low,
    case when handled > 1 then (cast(handle_seconds as double) / nullif(handled, 0)) + (case when handled - 1 = 1 then 12.7062047 else 1.9599640
    + cast(2.3722712 as double) / nullif(cast(handled - 1 as double), 0)
    + cast(2.8224986 as double) / nullif(cast(handled - 1 as double) * cast(handled - 1 as double), 0)
    + cast(2.5558497 as double) / nullif(cast(handled - 1 as double) * cast(handled - 1 as double) * cast(handled - 1 as double), 0)
    + cast(1.5895341 as double) / nullif(cast(handled - 1 as double) * cast(handled - 1 as double) * cast(handled - 1 as double) * cast(handled - 1 as double), 0) end) * sqrt(
    cast(greatest(cast(squares as double) - (cast(handle_seconds as double) / nullif(handled, 0)) * cast(handle_seconds as double), 0) as double)
    / nullif(cast(handled as double) * (handled - 1), 0)) end as aht_high,
    judged,
    resolved,
    cast(resolved as double) / nullif(judged, 0) as fcr,
    case when judged > 0 then least(greatest(
    cast((cast(resolved as double) / nullif(judged, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * judged, 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(resolved as double) / nullif(judged, 0)) * (1 - (cast(resolved as double) / nullif(judged, 0))) as double) / nullif(judged, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(judged as double) * judged, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(judged, 0), 0),
    0.0), 1.0) end as fcr_low,
    case when judged > 0 then least(greatest(
    cast((cast(resolved as double) / nullif(judged, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * judged, 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(resolved as double) / nullif(judged, 0)) * (1 - (cast(resolved as double) / nullif(judged, 0))) as double) / nullif(judged, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(judged as double) * judged, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(judged, 0), 0),
    0.0), 1.0) end as fcr_high
from summed;
