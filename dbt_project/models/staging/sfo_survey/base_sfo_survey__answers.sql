-- Items become rows. A blank and `never used` are nothing in the contract: they are no answers.
with source as (

    select
        *,
        cast(extract(year from _version) as varchar) as wave
    from {{ rows_of('sfo_survey', 'responses') }}

)

{%- set items = ['artwork', 'restaurants', 'shops', 'signs', 'walkways', 'screens', 'info_arrivals', 'info_departures',
    'wifi', 'roads', 'parking', 'airtrain', 'long_term_parking', 'rental', 'overall'] %}
{% for item in items %}
select
    wave,
    wave || '/' || response_number as response_id,
    '{{ item }}' as item_id,
    {{ item }} as score,
    _version as answered_at,
    weight,
    stratum,
    case when language_code = '1' then 'en' end as language
from source
where {{ item }} is not null
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
