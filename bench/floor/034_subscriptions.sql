create table entities."subscriptions" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(person_token as varchar) as person_token,
    cast(product_id as varchar) as product_id,
    cast(plan as varchar) as plan,
    cast(started_at as timestamp) as started_at,
    cast(renewed_at as timestamp) as renewed_at,
    cast(ends_at as timestamp) as ends_at,
    cast(ended_at as timestamp) as ended_at,
    cast(end_reason as varchar) as end_reason,
    cast(amount as decimal(18,2)) as amount,
    cast(currency as varchar) as currency
from "staging"."stg_salesforce__subscriptions";
