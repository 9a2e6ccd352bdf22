create table entities."products" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(product_id as varchar) as product_id,
    cast(name as varchar) as name,
    cast(category as varchar) as category,
    cast(price as decimal(18,2)) as price,
    cast(currency as varchar) as currency,
    cast(valid_from as timestamp) as valid_from,
    cast(valid_to as timestamp) as valid_to
from "staging"."stg_salesforce__products";
