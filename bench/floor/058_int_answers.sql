create table intermediate."int_answers" as
-- One row per answer to one item, with its item's kind and scale, its person, what it is about, and
-- whether the answer is one at all: a code outside the scale is none.
with items as (

    select
        source,
        survey_id,
        wave,
        item_id,
        kind,
        coalesce(aspect, 'overall') as aspect,
        scale_min,
        scale_max,
        ',' || replace(valid_codes, ' ', '') || ',' as valid_codes,
        row_number() over (
            partition by source, survey_id, coalesce(wave, ''), item_id
            order by version_at desc, source_id
        ) as item_rank
    from "entities"."surveys"

),

contact_channels as (

    select
        source_id as contact_id,
        source,
        channel,
        row_number() over (partition by source_id order by source) as source_rank
    from "entities"."contacts"

),

answers as (

    select
        r.source || '/' || r.source_id as answer_id,
        r.source,
        r.survey_id,
        r.wave,
        r.response_id,
        r.item_id,
        coalesce(i.kind, j.kind) as kind,
        coalesce(i.aspect, j.aspect) as aspect,
        coalesce(i.scale_min, j.scale_min) as scale_min,
        coalesce(i.scale_max, j.scale_max) as scale_max,
        coalesce(i.valid_codes, j.valid_codes) as valid_codes,
        p.person_id,
        r.person_token,
        c.source || '/' || r.contact_id as contact_id,
        r.source || '/' || r.order_id as order_id,
        case when r.contact_id is not null then coalesce(c.channel, 'unknown')
            when r.order_id is not null then 'order'
            else 'relationship' end as channel,
        -- whose answer it is when nobody is known: the order's, the contact's, the questionnaire's own
        coalesce(p.person_id, r.person_token, r.order_id, r.contact_id, r.response_id) as answerer,
        coalesce(r.order_id, r.contact_id, '') as occasion,
        r.score,
        r.choice,
        r.text_redacted,
        r.language,
        r.weight,
        r.stratum,
        r.answered_at
    from "entities"."responses" as r
    -- an item is defined for the wave, or once for all waves
    left join items as i
        on i.source = r.source and i.survey_id = r.survey_id and i.item_id = r.item_id
        and i.wave = r.wave and i.item_rank = 1
    left join items as j
        on j.source = r.source and j.survey_id = r.survey_id and j.item_id = r.item_id
        and j.wave is null and j.item_rank = 1
    left join contact_channels as c on c.contact_id = r.contact_id and c.source_rank = 1
    left join "intermediate"."int_person_tokens" as p on p.token = r.person_token

)

select
    *,
    case
        when answered_at is null then 'no_time'
        when kind is null then 'unknown_item'
        when kind = 'text' then case when text_redacted is null then 'no_answer' end
        when score is null and choice is null then 'no_answer'
        when kind in ('nps', 'csat', 'ces') and (scale_min is null or scale_max is null) then 'unknown_scale'
        when score < scale_min or score > scale_max or score <> floor(score) then 'invalid_code'
        when kind = 'nps' and (scale_min <> 0 or scale_max <> 10) then 'other_scale'
        when kind in ('nps', 'csat', 'ces') and score is null then 'invalid_code'
        when kind in ('nps', 'csat', 'ces') and strpos(valid_codes, ',' || cast(cast(score as bigint) as varchar) || ',') = 0
            then 'invalid_code'
        when kind not in ('nps', 'csat', 'ces')
            and strpos(valid_codes, ',' || coalesce(choice, cast(cast(score as bigint) as varchar)) || ',') = 0
            then 'invalid_code'
    end as invalid_reason
from answers;
