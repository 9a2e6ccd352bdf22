create table marts."agg_response_rates" as
-- Each survey wave: how many were asked, how many of those answered. Where invitations are unknown the
-- rate is null, never zero; answers of persons who were not asked are shown beside it.
with asked as (

    select
        i.source,
        i.survey_id,
        coalesce(i.wave, 'none') as wave,
        i.source_id,
        i.delivered_at is not null as is_delivered,
        coalesce(i.order_id, i.contact_id, '') as occasion,
        coalesce(p.person_id, i.person_token) as person
    from "entities"."invitations" as i
    left join "intermediate"."int_person_tokens" as p on p.token = i.person_token

),

answered as (

    select
        source,
        survey_id,
        coalesce(wave, 'none') as wave,
        response_id,
        max(coalesce(person_id, person_token)) as person,
        max(occasion) as occasion,
        max(case when invalid_reason is null then 1 else 0 end) as is_valid
    from "intermediate"."int_answers"
    group by source, survey_id, coalesce(wave, 'none'), response_id

),

pairs as (

    select a.source, a.survey_id, a.wave, a.source_id, r.response_id
    from asked as a
    inner join answered as r
        on r.source = a.source and r.survey_id = a.survey_id and r.wave = a.wave and r.person = a.person
        and (r.occasion = a.occasion or r.occasion = '' or a.occasion = '')
    where r.is_valid = 1 and a.is_delivered

),

asked_sums as (

    select
        source,
        survey_id,
        wave,
        count(*) as invited_count,
        count(case when is_delivered then 1 end) as delivered_count
    from asked
    group by source, survey_id, wave

),

pair_sums as (

    select
        source,
        survey_id,
        wave,
        count(distinct source_id) as answered_invitation_count,
        count(distinct response_id) as invited_response_count
    from pairs
    group by source, survey_id, wave

),

answer_sums as (

    select
        source,
        survey_id,
        wave,
        count(case when is_valid = 1 then 1 end) as response_count,
        count(case when is_valid = 0 then 1 end) as empty_response_count
    from answered
    group by source, survey_id, wave

),

waves as (

    select source, survey_id, wave from asked_sums
    union
    select source, survey_id, wave from answer_sums

),

counted as (

    select
        w.source,
        w.survey_id,
        w.wave,
        a.invited_count,
        a.delivered_count,
        case when a.invited_count is not null then coalesce(p.answered_invitation_count, 0) end
            as answered_invitation_count,
        coalesce(r.response_count, 0) as response_count,
        coalesce(r.response_count, 0) - coalesce(p.invited_response_count, 0) as uninvited_response_count,
        coalesce(r.empty_response_count, 0) as empty_response_count
    from waves as w
    left join asked_sums as a on a.source = w.source and a.survey_id = w.survey_id and a.wave = w.wave
    left join pair_sums as p on p.source = w.source and p.survey_id = w.survey_id and p.wave = w.wave
    left join answer_sums as r on r.source = w.source and r.survey_id = w.survey_id and r.wave = w.wave

)

select
    *,
    cast(answered_invitation_count as double) / nullif(delivered_count, 0) as response_rate,
    case when delivered_count > 0 then least(greatest(
    cast((cast(answered_invitation_count as double) / nullif(delivered_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * delivered_count, 0)
        - 1.959963984540054 * sqrt(greatest(
            cast((cast(answered_invitation_count as double) / nullif(delivered_count, 0)) * (1 - (cast(answered_invitation_count as double) / nullif(delivered_count, 0))) as double) / nullif(delivered_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(delivered_count as double) * delivered_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(delivered_count, 0), 0),
    0.0), 1.0) end as low,
    case when delivered_count > 0 then least(greatest(
    cast((cast(answered_invitation_count as double) / nullif(delivered_count, 0)) + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(2 * delivered_count, 0)
        + 1.959963984540054 * sqrt(greatest(
            cast((cast(answered_invitation_count as double) / nullif(delivered_count, 0)) * (1 - (cast(answered_invitation_count as double) / nullif(delivered_count, 0))) as double) / nullif(delivered_count, 0)
            + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(4 * cast(delivered_count as double) * delivered_count, 0), 0))
    as double) / nullif(1 + cast(1.959963984540054 * 1.959963984540054 as double) / nullif(delivered_count, 0), 0),
    0.0), 1.0) end as high
from counted;
