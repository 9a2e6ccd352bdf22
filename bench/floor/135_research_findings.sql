create table entities."research_findings" as
select

    cast(null as varchar) as source,
    cast(null as varchar) as source_id,
    cast(null as timestamp) as version_at,
    cast(null as varchar) as method,
    cast(null as timestamp) as held_at,
    cast(null as varchar) as touchpoint,
    cast(null as varchar) as outcome,
    cast(null as varchar) as severity,
    cast(null as varchar) as quote_redacted
where false;
