create table entities."accounts" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(account_id as varchar) as account_id,
    cast(person_account_token as varchar) as person_account_token,
    cast(role as varchar) as role,
    cast(manager_token as varchar) as manager_token,
    cast(valid_from as timestamp) as valid_from,
    cast(valid_to as timestamp) as valid_to
from "staging"."stg_salesforce__accounts";
