{%- for kind, column in [('login', 'external_id'), ('email', 'email'), ('phone', 'phone')] %}
{%- if not loop.first %}
union all
{% endif %}
select
    'zendesk' as source,
    user_id || '/{{ column }}' as source_id,
    updated_at as version_at,
    'account' as kind,
    user_id as token,
    '{{ kind }}' as other_kind,
    {{ column }} as other_token,
    created_at as seen_at,
    'same_user_record' as rule
from {{ rows_of('zendesk', 'users') }}
where role = 'end-user' and {{ column }} is not null
{%- endfor %}
