-- A case record keeps its beginning, the first reply and the end, not what lay between.
with source as (

    select * from {{ rows_of('salesforce', 'cases') }}
    where not coalesce(is_deleted, false)

)
{%- for kind, moment, after, actor, token, text in [
    ('created', 'created_date', "'new'", 'customer', 'coalesce(contact_id, supplied_email, supplied_phone)', 'description'),
    ('reply_public', 'first_reply_at', 'null', 'agent', 'owner_id', 'null'),
    ('solved', 'closed_date', "'closed'", 'agent', 'owner_id', 'null'),
] %}
{% if not loop.first %}
union all
{% endif %}
select
    'salesforce' as source,
    id || '/{{ kind }}' as source_id,
    system_modstamp as version_at,
    id as contact_id,
    {{ moment }} as occurred_at,
    '{{ kind }}' as kind,
    null as from_value,
    {{ after }} as to_value,
    '{{ actor }}' as actor,
    {{ token }} as actor_token,
    {{ text }} as text_redacted
from source
where {{ moment }} is not null
{%- endfor %}
