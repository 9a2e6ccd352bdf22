create table entities."identifiers" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(kind as varchar) as kind,
    cast(token as varchar) as token,
    cast(other_kind as varchar) as other_kind,
    cast(other_token as varchar) as other_token,
    cast(seen_at as timestamp) as seen_at,
    cast(rule as varchar) as rule
from "staging"."stg_connect__identifiers"
union all
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(kind as varchar) as kind,
    cast(token as varchar) as token,
    cast(other_kind as varchar) as other_kind,
    cast(other_token as varchar) as other_token,
    cast(seen_at as timestamp) as seen_at,
    cast(rule as varchar) as rule
from "staging"."stg_ga4__identifiers"
union all
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(kind as varchar) as kind,
    cast(token as varchar) as token,
    cast(other_kind as varchar) as other_kind,
    cast(other_token as varchar) as other_token,
    cast(seen_at as timestamp) as seen_at,
    cast(rule as varchar) as rule
from "staging"."stg_qualtrics__identifiers"
union all
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(kind as varchar) as kind,
    cast(token as varchar) as token,
    cast(other_kind as varchar) as other_kind,
    cast(other_token as varchar) as other_token,
    cast(seen_at as timestamp) as seen_at,
    cast(rule as varchar) as rule
from "staging"."stg_salesforce__identifiers";
