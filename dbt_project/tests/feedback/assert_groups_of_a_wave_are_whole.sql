-- The groups of a dimension hold every known respondent of a wave, everybody asked and every known customer once; their shares
-- sum to one. Where nobody who answered is known, nor any customer, there is no group. A row here is a wave and dimension, or
-- a group, of which one of these does not hold.
{{ config(meta={'dagster': {'ref': {'name': 'agg_representativeness'}}}) }}
with waves as (

    select
        source,
        survey_id,
        coalesce(wave, 'none') as wave,
        count(distinct person_id) as respondents,
        count(distinct case when person_id is null then response_id end) as unknown_response_count
    from {{ ref('fct_responses') }}
    where is_counted
    group by source, survey_id, coalesce(wave, 'none')

),

asked as (

    select
        i.source,
        i.survey_id,
        coalesce(i.wave, 'none') as wave,
        count(distinct p.person_id) as invited
    from {{ ref('invitations') }} as i
    inner join {{ ref('int_person_tokens') }} as p on p.token = i.person_token
    where i.delivered_at is not null
    group by i.source, i.survey_id, coalesce(i.wave, 'none')

),

customers as (

    select count(*) as customers from {{ ref('dim_customers') }} where is_known

),

groups as (

    select
        source,
        survey_id,
        wave,
        dimension,
        sum(respondents) as respondents,
        sum(invited) as invited,
        sum(customers) as customers,
        min(unknown_response_count) as least_unknown,
        max(unknown_response_count) as most_unknown,
        sum(respondents_share) as share
    from {{ ref('agg_representativeness') }}
    group by source, survey_id, wave, dimension

)

select
    w.source,
    w.survey_id,
    w.wave,
    d.dimension
from waves as w
cross join (
    select 'value_segment' as dimension union all select 'rfm_segment' as dimension union all select 'tenure' as dimension
) as d
cross join customers as c
left join asked as a on a.source = w.source and a.survey_id = w.survey_id and a.wave = w.wave
left join groups as g
    on g.source = w.source and g.survey_id = w.survey_id and g.wave = w.wave and g.dimension = d.dimension
where coalesce(g.respondents, 0) <> w.respondents
    or coalesce(g.invited, 0) <> coalesce(a.invited, 0)
    or coalesce(g.customers, 0) <> c.customers
    or g.least_unknown <> w.unknown_response_count or g.most_unknown <> w.unknown_response_count
    or abs(g.share - 1) > 0.000001
union all
select
    source,
    survey_id,
    wave,
    dimension
from {{ ref('agg_representativeness') }}
where is_unlike is distinct from (coalesce(abs(difference_from_invited) > 0.2, false)
        or coalesce(abs(difference_from_customers) > 0.2, false))
    or abs(difference_from_customers * sqrt(cast(respondents_share * (1 - respondents_share)
        + customers_share * (1 - customers_share) as double) / 2) - respondents_share + customers_share) > 0.000001
