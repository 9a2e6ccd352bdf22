-- What agents do, month by month: each stretch of a contact counts for the agent who worked in it, so a contact that was
-- transferred counts for each of them. An agent is a token; those of a team of fewer than five in the month stand together, so
-- that nobody is looked at alone.
{%- set fewest = 5 %}
with stretches as (

    select
        s.source,
        s.source || '/' || s.contact_id as contact_id,
        s.agent_token,
        cast(cast({{ epoch_us('s.ended_at') }} - {{ epoch_us('s.started_at') }} as double) / 1000000 as decimal(18, 3)) as seconds,
        case when s.ended_at < s.started_at or s.ended_at is null then 1 else 0 end as is_implausible
    from {{ ref('contact_segments') }} as s
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
    from {{ ref('fct_contacts') }} as f
    left join by_contact as b on b.contact_id = f.contact_id
    left join {{ ref('fct_resolutions') }} as r on r.contact_id = f.contact_id
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
        case when t.agents >= {{ fewest }} then w.team else 'small teams' end as shown_team,
        case when t.agents >= {{ fewest }} then w.agent_token else 'together' end as shown_agent
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
    {{ mean_bound('low', 'handle_seconds', 'handled', 'squares') }} as aht_low,
    {{ mean_bound('high', 'handle_seconds', 'handled', 'squares') }} as aht_high,
    judged,
    resolved,
    cast(resolved as double) / nullif(judged, 0) as fcr,
    {{ wilson_bound('low', 'resolved', 'judged') }} as fcr_low,
    {{ wilson_bound('high', 'resolved', 'judged') }} as fcr_high
from summed
