create table entities."orders" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(person_token as varchar) as person_token,
    cast(ordered_at as timestamp) as ordered_at,
    cast(status as varchar) as status,
    cast(status_at as timestamp) as status_at,
    cast(channel as varchar) as channel,
    cast(amount as decimal(18,2)) as amount,
    cast(discount as decimal(18,2)) as discount,
    cast(refunded_amount as decimal(18,2)) as refunded_amount,
    cast(currency as varchar) as currency,
    cast(promised_at as timestamp) as promised_at,
    cast(delivered_at as timestamp) as delivered_at,
    cast(region as varchar) as region
from "staging"."stg_salesforce__orders";
