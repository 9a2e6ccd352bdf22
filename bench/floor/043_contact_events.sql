create table entities."contact_events" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(contact_id as varchar) as contact_id,
    cast(occurred_at as timestamp) as occurred_at,
    cast(kind as varchar) as kind,
    cast(from_value as varchar) as from_value,
    cast(to_value as varchar) as to_value,
    cast(actor as varchar) as actor,
    cast(actor_token as varchar) as actor_token,
    cast(text_redacted as varchar) as text_redacted
from "staging"."stg_connect__contact_events"
union all
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(contact_id as varchar) as contact_id,
    cast(occurred_at as timestamp) as occurred_at,
    cast(kind as varchar) as kind,
    cast(from_value as varchar) as from_value,
    cast(to_value as varchar) as to_value,
    cast(actor as varchar) as actor,
    cast(actor_token as varchar) as actor_token,
    cast(text_redacted as varchar) as text_redacted
from "staging"."stg_salesforce__contact_events";
