create table entities."order_lines" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(order_id as varchar) as order_id,
    cast(product_id as varchar) as product_id,
    cast(quantity as decimal(18,2)) as quantity,
    cast(amount as decimal(18,2)) as amount,
    cast(currency as varchar) as currency
from "staging"."stg_salesforce__order_lines";
