create table entities."contacts" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(person_token as varchar) as person_token,
    cast(channel as varchar) as channel,
    cast(direction as varchar) as direction,
    cast(opened_at as timestamp) as opened_at,
    cast(closed_at as timestamp) as closed_at,
    cast(reason as varchar) as reason,
    cast(category as varchar) as category,
    cast(priority as varchar) as priority,
    cast(queue as varchar) as queue,
    cast(team as varchar) as team,
    cast(agent_token as varchar) as agent_token,
    cast(status as varchar) as status,
    cast(outcome as varchar) as outcome,
    cast(conversation_id as varchar) as conversation_id,
    cast(is_test as boolean) as is_test,
    cast(subject_redacted as varchar) as subject_redacted
from "staging"."stg_connect__contacts"
union all
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(person_token as varchar) as person_token,
    cast(channel as varchar) as channel,
    cast(direction as varchar) as direction,
    cast(opened_at as timestamp) as opened_at,
    cast(closed_at as timestamp) as closed_at,
    cast(reason as varchar) as reason,
    cast(category as varchar) as category,
    cast(priority as varchar) as priority,
    cast(queue as varchar) as queue,
    cast(team as varchar) as team,
    cast(agent_token as varchar) as agent_token,
    cast(status as varchar) as status,
    cast(outcome as varchar) as outcome,
    cast(conversation_id as varchar) as conversation_id,
    cast(is_test as boolean) as is_test,
    cast(subject_redacted as varchar) as subject_redacted
from "staging"."stg_salesforce__contacts";
