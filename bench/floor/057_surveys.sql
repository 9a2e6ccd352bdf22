create table entities."surveys" as
select

    cast(source as varchar) as source,
    cast(source_id as varchar) as source_id,
    cast(version_at as timestamp) as version_at,
    cast(survey_id as varchar) as survey_id,
    cast(wave as varchar) as wave,
    cast(item_id as varchar) as item_id,
    cast(kind as varchar) as kind,
    cast(scale_min as integer) as scale_min,
    cast(scale_max as integer) as scale_max,
    cast(aspect as varchar) as aspect,
    cast(valid_codes as varchar) as valid_codes
from "staging"."stg_qualtrics__surveys";
