-- One row per person, with a mark of all rows about them that sources keep a record of: another mark, and something of the
-- person is different. What came from the web is told by its arrival, for it is much.
select
    person_id,
    {{ rows_mark('marked') }} as mark
from (
    select
        p.person_id,
        {{ row_mark('t') }} as marked
    from {{ ref('int_record_touches') }} as t
    inner join {{ ref('int_person_tokens') }} as p on p.token = t.token
    union all
    select
        o.person_id,
        {{ row_mark('o') }} as marked
    from {{ ref('fct_orders') }} as o
    where o.person_id is not null
) as m
group by person_id
