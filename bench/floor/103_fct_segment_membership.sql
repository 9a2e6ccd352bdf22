create table marts."fct_segment_membership" as
-- Each stay of a person in a segment of a scheme. Everybody begins in `no_orders` on the day first seen and
-- is looked at again each ISO Monday, by what was known before that Monday began.
with weeks as (

    select day as week
    from /*engine*/ (
    select cast(at_midnight as date) as day
    from range(cast((select min(from_week) from "intermediate"."int_value_standings") as timestamp), cast(date '{as_of}' as timestamp) + interval 1 day, interval 1 day) as days(at_midnight)
) /*end*/ as days
    where /*engine*/ cast(isodow(day) as integer) /*end*/ = 1

),

-- each Monday everybody who ever ordered, by number: sorting numbers is what makes this quick
grid as (

    select
        w.week,
        s.person_number,
        s.order_count,
        s.net_amount,
        s.last_order_us,
        s.order_count > 0 as is_buyer
    from "intermediate"."int_value_standings" as s
    inner join weeks as w on w.week >= s.from_week and (s.to_week is null or w.week < s.to_week)

),

scored as (

    select
        week,
        person_number,
        order_count,
        ntile(5) over (partition by week, is_buyer order by last_order_us, person_number) as recency_quintile,
        ntile(5) over (partition by week, is_buyer order by order_count, net_amount, person_number)
            as frequency_quintile,
        ntile(5) over (partition by week, is_buyer order by net_amount, person_number) as monetary_quintile,
        count(*) over (partition by week, is_buyer)
            - row_number() over (partition by week, is_buyer order by net_amount, person_number) + 1
            as value_rank,
        count(*) over (partition by week, is_buyer) as buyer_count
    from grid

),

standings as (

    select
        person_number,
        week,
        case when order_count = 0 then 'no_orders' when recency_quintile >= 4 and frequency_quintile >= 4 and monetary_quintile >= 4 then 'champions' when recency_quintile >= 3 and frequency_quintile >= 3 then 'loyal' when recency_quintile >= 4 then 'recent' when recency_quintile = 3 then 'promising' when frequency_quintile >= 3 then 'at_risk' when true then 'hibernating' end as rfm_segment,
        case when order_count = 0 then 'no_orders' when 5 * value_rank <= buyer_count then 'high' when 2 * value_rank <= buyer_count then 'medium' when true then 'low' end as value_segment
    from scored

),

compared as (

    select
        person_number,
        week,
        rfm_segment,
        coalesce(lag(rfm_segment) over (partition by person_number order by week), 'no_orders')
            as rfm_before,
        value_segment,
        coalesce(lag(value_segment) over (partition by person_number order by week), 'no_orders')
            as value_before
    from standings

),

persons as (

    select distinct s.person_number, s.person_id
    from "intermediate"."int_value_standings" as s
    inner join "marts"."dim_customers" as d on d.person_id = s.person_id

),

changes as (

    select
        p.person_id,
        'rfm' as scheme,
        c.rfm_segment as segment,
        c.week as valid_from,
        1 as rule_version
    from compared as c
    inner join persons as p on p.person_number = c.person_number
    where c.rfm_segment <> c.rfm_before

    union all

    select
        person_id,
        'rfm' as scheme,
        'no_orders' as segment,
        first_seen_date as valid_from,
        1 as rule_version
    from "marts"."dim_customers"
    union all

    select
        p.person_id,
        'value' as scheme,
        c.value_segment as segment,
        c.week as valid_from,
        1 as rule_version
    from compared as c
    inner join persons as p on p.person_number = c.person_number
    where c.value_segment <> c.value_before

    union all

    select
        person_id,
        'value' as scheme,
        'no_orders' as segment,
        first_seen_date as valid_from,
        1 as rule_version
    from "marts"."dim_customers"
    

)

select
    person_id,
    scheme,
    segment,
    valid_from,
    lead(valid_from) over (partition by person_id, scheme order by valid_from) as valid_to,
    cast(rule_version as integer) as rule_version
from changes;
