-- An order belongs to the browser that placed it, not to one that looks at it again.
{%- for hits, kind, column, rule in [
    ('base_adobe__hits', 'login', 'post_cust_visid', 'login_in_browser'),
    ('base_adobe__purchases', 'order', 'post_purchaseid', 'purchase_in_browser'),
] %}
{% if not loop.first %}
union all
{% endif %}
select
    'adobe' as source,
    visitor_id || '/' || {{ column }} as source_id,
    null as version_at,
    'cookie' as kind,
    visitor_id as token,
    '{{ kind }}' as other_kind,
    {{ column }} as other_token,
    min(post_cust_hit_time_gmt) as seen_at,
    '{{ rule }}' as rule
from {{ ref(hits) }}
where visitor_id is not null and {{ column }} is not null
group by visitor_id, {{ column }}
{%- endfor %}
