-- Accounts tie nobody together: the members of a household are several people.
{%- set pairs = [
    ('contacts', 'account', 'id', 'login', 'customer_number'),
    ('contacts', 'account', 'id', 'email', 'email'),
    ('contacts', 'account', 'id', 'phone', 'phone'),
    ('contacts', 'account', 'id', 'phone', 'mobile_phone'),
    ('opportunities', 'order', 'order_number', 'account', 'contact_id'),
    ('cases', 'email', 'supplied_email', 'account', 'contact_id'),
    ('cases', 'phone', 'supplied_phone', 'account', 'contact_id'),
    ('cases', 'email', 'supplied_email', 'phone', 'supplied_phone'),
] %}
{%- for table, kind, column, other_kind, other_column in pairs %}
{% if not loop.first %}
union all
{% endif %}
select
    'salesforce' as source,
    id || '/{{ column }}/{{ other_column }}' as source_id,
    system_modstamp as version_at,
    '{{ kind }}' as kind,
    {{ column }} as token,
    '{{ other_kind }}' as other_kind,
    {{ other_column }} as other_token,
    created_date as seen_at,
    'same_{{ table }}_record' as rule
from {{ rows_of('salesforce', table) }}
where {{ column }} is not null and {{ other_column }} is not null
{%- endfor %}

union all

-- the record that was merged away goes to the bin and names the one that stays; taken out of it again, it names none
select
    'salesforce' as source,
    id || '/merged' as source_id,
    system_modstamp as version_at,
    'account' as kind,
    id as token,
    'account' as other_kind,
    master_record_id as other_token,
    system_modstamp as seen_at,
    '{{ merge_rule() }}' as rule
from {{ rows_of('salesforce', 'contacts') }}
where is_deleted and master_record_id is not null
