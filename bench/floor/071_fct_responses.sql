create table marts."fct_responses" as
-- Each answer, and whether it counts: the last valid one of a person, survey wave and item. For NPS that
-- is one answer a wave; other items ask about an order or contact, each of which may be answered once.
with ranked as (

    select
        *,
        row_number() over (
            partition by
                source, survey_id, coalesce(wave, ''), item_id, answerer,
                case when kind = 'nps' then '' else occasion end,
                invalid_reason is null
            order by answered_at desc, answer_id desc
        ) as recency
    from "intermediate"."int_answers"

)

select
    answer_id,
    source,
    survey_id,
    wave,
    response_id,
    item_id,
    kind,
    aspect,
    person_id,
    contact_id,
    order_id,
    channel,
    language,
    cast(scale_min as integer) as scale_min,
    cast(scale_max as integer) as scale_max,
    cast(score as decimal(18, 2)) as score,
    choice,
    cast(weight as decimal(18, 6)) as weight,
    stratum,
    text_redacted is not null as has_text,
    invalid_reason is null as is_valid,
    invalid_reason is null and recency = 1 as is_counted,
    case
        when invalid_reason is not null then invalid_reason
        when recency > 1 then 'superseded_by_later_answer'
    end as excluded_reason,
    case
        when kind <> 'nps' or invalid_reason is not null or recency > 1 then null
        when score >= 9 then 'promoter'
        when score >= 7 then 'passive'
        else 'detractor'
    end as nps_bucket,
    answered_at,
    cast(answered_at as date) as local_date
from ranked;
