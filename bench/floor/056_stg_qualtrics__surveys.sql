create view staging."stg_qualtrics__surveys" as
-- The extract does not tell scales: they stand here, once for all surveys that put the question.
with surveys as (

    select distinct survey_id
    from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_qualtrics"."responses" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)

),

items as (

    select
        'q1_nps' as item_id,
        'nps' as kind,
        0 as scale_min,
        10 as scale_max,
        'overall' as aspect,
        '0,1,2,3,4,5,6,7,8,9,10' as valid_codes

    union all

    select
        'q2_csat' as item_id,
        'csat' as kind,
        1 as scale_min,
        5 as scale_max,
        'overall' as aspect,
        '1,2,3,4,5' as valid_codes

    union all

    select
        'q3_ces' as item_id,
        'ces' as kind,
        1 as scale_min,
        7 as scale_max,
        'ease' as aspect,
        '1,2,3,4,5,6,7' as valid_codes

    union all

    select
        'q4_fcr' as item_id,
        'fcr' as kind,
        1 as scale_min,
        2 as scale_max,
        'resolution' as aspect,
        'yes,no' as valid_codes

    union all

    select
        'q5_text' as item_id,
        'text' as kind,
        null as scale_min,
        null as scale_max,
        'overall' as aspect,
        null as valid_codes

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
cross join items as i;
