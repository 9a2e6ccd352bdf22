create table intermediate."int_conversion_touches" as
-- One row per conversion and touch of its person in the time before it that counts, and per touch that led to none.
-- A conversion is an order that is not void; one whose person had no touch is no row here.

with touches as (
    select
        person_id,
        touchpoint_id,
        channel,
        occurred_at
    from "marts"."fct_touchpoints" as p
    where kind in ('web_session', 'message')
),

matched as (
    select
        c.order_id as conversion_id,
        c.local_date as converted_date,
        t.person_id,
        t.touchpoint_id,
        t.channel,
        t.occurred_at
    from "marts"."fct_orders" as c
    inner join touches as t
        on t.person_id = c.person_id
        and t.occurred_at <= c.ordered_at
        and t.occurred_at >= c.ordered_at - interval 30 day
    where not c.is_void and c.local_date is not null
),

placed as (
    select
        *,
        row_number() over (partition by conversion_id order by occurred_at, touchpoint_id) as whole_place,
        count(*) over (partition by conversion_id) as touch_count,
        max(occurred_at) over (partition by conversion_id) as last_at
    from matched
)

select
    conversion_id,
    converted_date,
    person_id,
    touchpoint_id,
    channel,
    occurred_at,
    whole_place - greatest(touch_count - 100, 0) as place,
    least(touch_count, 100) as touches,
    touch_count,
    last_at
from placed
where whole_place > touch_count - 100
union all
select
    cast(null as varchar) as conversion_id,
    cast(null as date) as converted_date,
    t.person_id,
    t.touchpoint_id,
    t.channel,
    t.occurred_at,
    cast(null as bigint) as place,
    cast(null as bigint) as touches,
    cast(null as bigint) as touch_count,
    cast(null as timestamp) as last_at
from touches as t
left join (select distinct touchpoint_id from matched) as m on m.touchpoint_id = t.touchpoint_id
where m.touchpoint_id is null;
