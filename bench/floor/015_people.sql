create table entities."people" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(account_token as varchar) as account_token,
    cast(status as varchar) as status,
    cast(created_at as timestamp) as created_at,
    cast(birth_year_band as varchar) as birth_year_band,
    cast(gender as varchar) as gender,
    cast(region as varchar) as region,
    cast(country as varchar) as country,
    cast(language as varchar) as language,
    cast(plan as varchar) as plan,
    cast(tier as varchar) as tier,
    cast(preferred_channel as varchar) as preferred_channel,
    cast(preferred_channel_basis as varchar) as preferred_channel_basis
from "staging"."stg_salesforce__people";
