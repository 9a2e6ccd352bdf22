create table marts."dim_channel_preferences" as
-- The channel each person prefers, and why we say so: what the person stated, else the one it came by most often. What we
-- sent is no choice of the person's and is not counted; however a session came, it is the web; of equal counts the channel used last counts more.
with touches as (
    select
        person_id,
        case when kind = 'web_session' then 'web' else channel end as channel,
        occurred_at
    from "marts"."fct_touchpoints"
    where kind in ('web_session', 'order', 'contact', 'mention')
),

used as (
    select
        person_id,
        channel,
        count(*) as used_count,
        max(occurred_at) as last_used_at,
        row_number() over (partition by person_id order by count(*) desc, max(occurred_at) desc, channel) as use_rank,
        sum(count(*)) over (partition by person_id) as touch_count
    from touches
    group by person_id, channel
)

select
    d.person_id,
    coalesce(d.preferred_channel, u.channel) as preferred_channel,
    case
        when d.preferred_channel is not null then coalesce(d.preferred_channel_basis, 'stated')
        else 'most_used'
    end as basis,
    coalesce(p.used_count, 0) as used_count,
    cast(coalesce(u.touch_count, 0) as bigint) as touch_count,
    u.channel as most_used_channel,
    p.last_used_at
from "marts"."dim_customers" as d
left join used as u on u.person_id = d.person_id and u.use_rank = 1
left join used as p on p.person_id = d.person_id and p.channel = coalesce(d.preferred_channel, u.channel)
where d.preferred_channel is not null or u.channel is not null;
