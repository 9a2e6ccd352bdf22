{%- for kind, column in [('login', 'external_id'), ('email', 'email'), ('phone', 'phone')] %}
{%- if not loop.first %}
union all
{% endif %}
select
    'intercom' as source,
    contact_id || '/{{ column }}' as source_id,
    updated_at as version_at,
    'account' as kind,
    contact_id as token,
    '{{ kind }}' as other_kind,
    {{ column }} as other_token,
    created_at as seen_at,
    'same_contact_record' as rule
from {{ rows_of('intercom', 'contacts') }}
where {{ column }} is not null
{%- endfor %}
