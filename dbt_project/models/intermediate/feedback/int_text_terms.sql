-- Every word of the lexicon, by language.
with groups as (
{% for group in lexicon() %}
    {{ 'union all ' if not loop.first }}select
        '{{ group.language }}' as language,
        '{{ group.kind }}' as kind,
        cast({{ group.weight }} as decimal(4, 2)) as weight,
        {{ quoted(group.terms.split() | join(' ')) }} as terms
{%- endfor %}

)

select
    language,
    part as term,
    kind,
    weight,
    -- how many words of a text it is: of Chinese each character
    case when language = 'zh' then length(part) else 1 end as size
from {{ split_to_rows('groups', 'terms', ' ') }} as words
