create table entities."campaign_touches" as
select

    cast(null as varchar) as source,
    cast(null as varchar) as source_id,
    cast(null as timestamp) as version_at,
    cast(null as varchar) as person_token,
    cast(null as varchar) as campaign_id,
    cast(null as varchar) as channel,
    cast(null as timestamp) as sent_at,
    cast(null as timestamp) as delivered_at,
    cast(null as timestamp) as opened_at,
    cast(null as boolean) as is_machine_open,
    cast(null as timestamp) as clicked_at,
    cast(null as timestamp) as unsubscribed_at,
    cast(null as timestamp) as bounced_at,
    cast(null as decimal(18,2)) as cost,
    cast(null as varchar) as currency
where false;
