create table intermediate."int_contact_times" as
-- One row per contact that has stretches: what its time went into, in seconds. Two clocks may put the
-- end of a stretch a few seconds before its start: that is zero; more than that is counted as implausible.
with stretches as (

    select
        source,
        contact_id,
        kind,
        agent_token,
        queue,
        started_at,
        ended_at,
        /*engine*/ epoch_us(ended_at) /*end*/ - /*engine*/ epoch_us(started_at) /*end*/ as lasted_us,
        /*engine*/ epoch_us(started_at) /*end*/
            - min(case when kind = 'talk' then /*engine*/ epoch_us(started_at) /*end*/ end)
                over (partition by source, contact_id) as after_talk_us,
        row_number() over (
            partition by source, contact_id, kind order by started_at, source_id
        ) as stretch_number
    from "entities"."contact_segments"

),

timed as (

    select
        source,
        contact_id,
        kind,
        agent_token,
        queue,
        started_at,
        ended_at,
        stretch_number,
        lasted_us < -1000000 * 5 as is_implausible,
        -- the first queue, and those before the first agent; later ones belong to transfers
        kind = 'queue' and (
            stretch_number = 1
            or coalesce(after_talk_us, 0) <= 1000000 * 5
        ) as is_wait,
        case when lasted_us >= -1000000 * 5
            then cast(cast(greatest(lasted_us, 0) as double) / 1000000 as decimal(18, 3))
        end as seconds
    from stretches

)

select
    source,
    contact_id,
    max(case when kind = 'queue' and stretch_number = 1 then queue end) as queue,
    min(case when kind = 'queue' then started_at end) as queue_entered_at,
    min(case when kind = 'talk' then started_at end) as talk_started_at,
    count(distinct case when kind = 'talk' then agent_token end) as agent_count,
    count(case when kind = 'talk' then 1 end) as talk_count,
    count(case when is_implausible then 1 end) as implausible_count,
    count(case when is_wait and seconds is null then 1 end) as unknown_wait_count,
    count(case when kind in ('talk', 'hold', 'wrap_up') and seconds is null then 1 end)
        as unknown_handle_count,
    cast(sum(case when is_wait then seconds end) as decimal(18, 3)) as wait_seconds,
    cast(sum(case when kind = 'ivr' then seconds end) as decimal(18, 3)) as ivr_seconds,
    cast(sum(case when kind = 'talk' then seconds end) as decimal(18, 3)) as talk_seconds,
    cast(sum(case when kind = 'hold' then seconds end) as decimal(18, 3)) as hold_seconds,
    cast(sum(case when kind = 'wrap_up' then seconds end) as decimal(18, 3)) as wrap_up_seconds
from timed
group by source, contact_id;
