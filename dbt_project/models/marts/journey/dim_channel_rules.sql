-- The rules by which a visit gets its channel, in the order they are asked: the first that holds decides.
{%- set told = [] %}
{%- for rule in channel_rules() %}
{%- if rule.medium %}{% do told.append((loop.index, rule.channel, 'medium', rule.medium | join(', '))) %}{% endif %}
{%- if rule.source %}{% do told.append((loop.index, rule.channel, 'source', rule.source | join(', '))) %}{% endif %}
{%- if rule.host %}{% do told.append((loop.index, rule.channel, 'referrer', rule.host.split('(')[2].split(')')[0].replace('|', ', '))) %}{% endif %}
{%- endfor %}
{%- set last = channel_rules() | length %}
{%- do told.append((last + 1, 'other', 'campaign', 'any other source or medium')) %}
{%- do told.append((last + 2, 'referral', 'referrer', 'any other site')) %}
{%- do told.append((last + 3, 'direct', 'none', 'nothing is known of where the visit came from')) %}
{%- for place, channel, field, matches in told %}
{% if not loop.first %}union all
{% endif -%}
select
    {{ place }} as precedence,
    '{{ channel }}' as channel,
    '{{ field }}' as field,
    '{{ matches }}' as matches
{%- endfor %}
