-- Left out are deleted tickets, and those merged into another: Zendesk copies what was said in them there.
with source as (

    select * from {{ rows_of('zendesk', 'tickets') }}

),

lists as (

    select replace(replace(replace(replace(merged_ticket_ids, '[', ''), ']', ''), '"', ''), ' ', '') as ticket_ids
    from source
    where merged_ticket_ids is not null

),

merged as (

    select distinct l.part as ticket_id
    from {{ split_to_rows('lists', 'ticket_ids', ',') }} as l
    where l.part <> ''

)

select s.*
from source as s
left join merged as m on m.ticket_id = cast(s.ticket_id as varchar)
where m.ticket_id is null and s.status <> 'deleted'
