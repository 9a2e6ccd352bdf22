create table intermediate."int_contact_clocks" as
-- Each contact by a number, and which schedule its business clock follows, from when to when: the one that its source names,
-- else the only one of its source, else the only one of all sources. The first that is named holds from the start.
with known as (

    select distinct
        source,
        source || '/' || schedule_id as clock_id
    from "entities"."schedules"

),

only_of_source as (

    select
        source,
        min(clock_id) as clock_id
    from known
    group by source
    having count(*) = 1

),

only_one as (

    select min(clock_id) as clock_id
    from known
    having count(*) = 1

),

named as (

    select
        source,
        contact_id,
        source || '/' || schedule_id as clock_id,
        /*engine*/ epoch_us(applied_at) /*end*/ as applied_us,
        row_number() over (partition by source, contact_id, applied_at order by source_id desc) as rank_of_moment
    from "entities"."contact_schedules"

),

in_turn as (

    select
        source,
        contact_id,
        clock_id,
        row_number() over (partition by source, contact_id order by applied_us) as place,
        applied_us,
        lead(applied_us) over (partition by source, contact_id order by applied_us) as next_us
    from named
    where rank_of_moment = 1

),

numbered as (

    select
        source,
        source_id,
        opened_at,
        reason,
        category,
        coalesce(is_test, false) as is_test,
        row_number() over (order by source, source_id) as contact_number
    from "entities"."contacts"

)

select
    c.contact_number,
    coalesce(t.place, 1) as place,
    c.source,
    c.source_id as contact_id,
    coalesce(c.category, c.reason, 'unknown') as case_type,
    c.opened_at,
    c.is_test,
    coalesce(t.clock_id, s.clock_id, o.clock_id) as clock_id,
    case when t.place > 1 then t.applied_us end as from_us,
    t.next_us as to_us
from numbered as c
left join in_turn as t on t.source = c.source and t.contact_id = c.source_id
left join only_of_source as s on s.source = c.source
left join only_one as o on true;
