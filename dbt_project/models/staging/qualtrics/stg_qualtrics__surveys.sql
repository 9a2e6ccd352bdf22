-- The extract does not tell scales: they stand here, once for all surveys that put the question.
with surveys as (

    select distinct survey_id
    from {{ rows_of('qualtrics', 'responses') }}

),

items as (
{%- for item, kind, lowest, highest, aspect, codes in [
    ('q1_nps', 'nps', 0, 10, 'overall', '0,1,2,3,4,5,6,7,8,9,10'),
    ('q2_csat', 'csat', 1, 5, 'overall', '1,2,3,4,5'),
    ('q3_ces', 'ces', 1, 7, 'ease', '1,2,3,4,5,6,7'),
    ('q4_fcr', 'fcr', 1, 2, 'resolution', 'yes,no'),
    ('q5_text', 'text', 'null', 'null', 'overall', none),
] %}
{%- if not loop.first %}

    union all
{%- endif %}

    select
        '{{ item }}' as item_id,
        '{{ kind }}' as kind,
        {{ lowest }} as scale_min,
        {{ highest }} as scale_max,
        '{{ aspect }}' as aspect,
        {{ "'" ~ codes ~ "'" if codes else 'null' }} as valid_codes
{%- endfor %}

)

select
    'qualtrics' as source,
    s.survey_id || '/' || i.item_id as source_id,
    null as version_at,
    s.survey_id,
    null as wave,
    i.item_id,
    i.kind,
    i.scale_min,
    i.scale_max,
    i.aspect,
    i.valid_codes
from surveys as s
cross join items as i
