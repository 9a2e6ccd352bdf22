-- Each active source: what was delivered, how far its data reaches, and whether it was read.
with packs as (
{%- for pack, entities in (var('packs') or {}).items() | sort %}
    select '{{ pack }}' as source, '{{ entities | sort | join(", ") }}' as entities,
        {{ restricted_count(pack) }} as rows_restricted
    {{- ' union all' if not loop.last }}
{%- else %}
    select cast(null as varchar) as source, cast(null as varchar) as entities, 0 as rows_restricted where false
{%- endfor %}
),

files as (
    select
        source,
        count(case when status = 'loaded' then 1 end) as file_count,
        count(case when status <> 'loaded' then 1 end) as aside_count,
        cast(sum(rows_read) as bigint) as rows_read,
        cast(sum(accepted) as bigint) as rows_accepted,
        cast(sum(quarantined) as bigint) as rows_quarantined,
        cast(sum(duplicate) as bigint) as rows_duplicate,
        cast(sum(conflicts) as bigint) as rows_in_conflict,
        min(case when status = 'loaded' then min_time end) as data_from,
        max(case when status = 'loaded' then max_time end) as data_through,
        max(loaded_at) as last_read_at
    from {{ source('landing', 'loads') }}
    group by source
)

select
    p.source,
    p.entities,
    case
        when coalesce(f.file_count, 0) = 0 and coalesce(f.aside_count, 0) = 0 then 'nothing delivered'
        when f.file_count = 0 then 'no file could be read'
        when f.aside_count > 0 then 'some files aside'
        else 'read'
    end as status,
    coalesce(f.file_count, 0) as file_count,
    coalesce(f.aside_count, 0) as aside_count,
    coalesce(f.rows_read, 0) as rows_read,
    coalesce(f.rows_accepted, 0) as rows_accepted,
    coalesce(f.rows_quarantined, 0) as rows_quarantined,
    coalesce(f.rows_duplicate, 0) as rows_duplicate,
    coalesce(f.rows_in_conflict, 0) as rows_in_conflict,
    cast(p.rows_restricted as bigint) as rows_restricted,
    f.data_from,
    case when f.data_through > {{ as_of_at() }} then {{ as_of_at() }} else f.data_through end as data_through,
    f.last_read_at
from packs as p
left join files as f on f.source = p.source
