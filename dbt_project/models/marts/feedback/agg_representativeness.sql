-- Who answers a survey wave, against who was asked and who the customers are: shares of each group by what the persons are as of
-- the last day (value and RFM segment, tenure), and their standardised difference. Over 0.2 either way, who answered is unlike.
{%- set dimensions = ['value_segment', 'rfm_segment', 'tenure'] %}
{%- set unlike = 0.2 %}
with persons as (

    select
        c.person_id,
        coalesce(v.segment, 'unknown') as value_segment,
        coalesce(r.segment, 'unknown') as rfm_segment,
        case
            when {{ days_between('c.first_seen_date', as_of()) }} <= 90 then 'up to 90 days'
            when {{ days_between('c.first_seen_date', as_of()) }} <= 365 then '91 to 365 days'
            when {{ days_between('c.first_seen_date', as_of()) }} <= 1095 then '366 to 1095 days'
            when c.first_seen_date is not null then 'over 1095 days'
            else 'unknown'
        end as tenure,
        c.is_known
    from {{ ref('dim_customers') }} as c
    {%- for scheme, alias in [('value', 'v'), ('rfm', 'r')] %}
    left join {{ ref('fct_segment_membership') }} as {{ alias }}
        on {{ alias }}.person_id = c.person_id
        and {{ alias }}.scheme = '{{ scheme }}'
        and {{ alias }}.valid_to is null
    {%- endfor %}

),

answers as (

    select distinct
        source,
        survey_id,
        coalesce(wave, 'none') as wave,
        response_id,
        person_id
    from {{ ref('fct_responses') }}
    where is_counted

),

unknown as (

    select
        source,
        survey_id,
        wave,
        count(case when person_id is null then 1 end) as unknown_response_count
    from answers
    group by source, survey_id, wave

),

asked as (

    select distinct
        i.source,
        i.survey_id,
        coalesce(i.wave, 'none') as wave,
        p.person_id
    from {{ ref('invitations') }} as i
    inner join {{ ref('int_person_tokens') }} as p on p.token = i.person_token
    where i.delivered_at is not null

),

members as (

    select distinct source, survey_id, wave, person_id, 'respondent' as part from answers where person_id is not null
    union all
    select source, survey_id, wave, person_id, 'invited' as part from asked

),

counted as (
{% for dimension in dimensions %}
    select
        m.source,
        m.survey_id,
        m.wave,
        '{{ dimension }}' as dimension,
        p.{{ dimension }} as dimension_value,
        count(case when m.part = 'respondent' then 1 end) as respondents,
        count(case when m.part = 'invited' then 1 end) as invited
    from members as m
    inner join persons as p on p.person_id = m.person_id
    group by m.source, m.survey_id, m.wave, p.{{ dimension }}
    {{ 'union all' if not loop.last }}
{%- endfor %}
),

customers as (
{% for dimension in dimensions %}
    select '{{ dimension }}' as dimension, {{ dimension }} as dimension_value, count(*) as customers
    from persons
    where is_known
    group by {{ dimension }}
    {{ 'union all' if not loop.last }}
{%- endfor %}
),

cells as (

    select
        u.source,
        u.survey_id,
        u.wave,
        u.unknown_response_count,
        c.dimension,
        c.dimension_value
    from unknown as u
    cross join (
        select dimension, dimension_value from customers
        union
        select dimension, dimension_value from counted
    ) as c

),

filled as (

    select
        e.*,
        coalesce(n.respondents, 0) as respondents,
        coalesce(n.invited, 0) as invited,
        coalesce(c.customers, 0) as customers
    from cells as e
    left join counted as n
        on n.source = e.source
        and n.survey_id = e.survey_id
        and n.wave = e.wave
        and n.dimension = e.dimension
        and n.dimension_value = e.dimension_value
    left join customers as c on c.dimension = e.dimension and c.dimension_value = e.dimension_value

),

shared as (

    select
        *,
        {%- for part in ['respondents', 'invited', 'customers'] %}
        cast({{ part }} as double) / nullif(sum({{ part }}) over (partition by source, survey_id, wave, dimension), 0)
            as {{ part }}_share{{ ',' if not loop.last }}
        {%- endfor %}
    from filled

),

compared as (

    select
        *,
        {%- for other in ['invited', 'customers'] %}
        cast(respondents_share - {{ other }}_share as double) / nullif(sqrt(cast(
            respondents_share * (1 - respondents_share) + {{ other }}_share * (1 - {{ other }}_share) as double) / 2), 0)
            as difference_from_{{ other }}{{ ',' if not loop.last }}
        {%- endfor %}
    from shared
    where respondents > 0 or invited > 0 or customers > 0

)

select
    source,
    survey_id,
    wave,
    dimension,
    dimension_value,
    respondents,
    case when invited_share is not null then invited end as invited,
    customers,
    respondents_share,
    invited_share,
    customers_share,
    difference_from_invited,
    difference_from_customers,
    coalesce(abs(difference_from_invited) > {{ unlike }}, false)
        or coalesce(abs(difference_from_customers) > {{ unlike }}, false) as is_unlike,
    unknown_response_count
from compared
