-- Each conversion shared among the channels of the touches before it, by each model. One without a touch is kept whole:
-- its channel is `none`.
{%- set models = attribution_models() %}
with touches as (
    select
        conversion_id,
        channel,
        place,
        touches,
        touch_count,
        max(case when channel <> 'direct' then place end) over (partition by conversion_id) as last_non_direct,
        row_number() over (partition by conversion_id, channel order by place) = 1 as is_first_of_channel,
        -- in thousandths of a millionth, of the last touch: whole numbers sum alike in every order
        cast(floor(1000000000 * power(0.5, cast({{ seconds_between('occurred_at', 'max(occurred_at) over (partition by conversion_id)') }} as double)
            / {{ 86400 * var('half_life_days', 7) }})) as bigint) as weight
    from {{ ref('int_conversion_touches') }}
    where conversion_id is not null
),

weighed as (
    select
        *,
        cast(sum(weight) over (partition by conversion_id) as bigint) as weights,
        count(case when is_first_of_channel then 1 end) over (partition by conversion_id) as channels
    from touches
),

by_channel as (
    select
        conversion_id,
        channel,
        max(touch_count) as touch_count,
        max(place) = max(touches) as has_last
        {%- for m in models %},
        cast(sum({{ m.ppm }}) as bigint) as {{ m.model }}_ppm
        {%- endfor %}
    from weighed
    group by conversion_id, channel
),

whole as (
    select
        conversion_id,
        channel,
        touch_count
        {%- for m in models %},
        {{ m.model }}_ppm + case when has_last then 1000000 - cast(sum({{ m.model }}_ppm) over (partition by conversion_id) as bigint) else 0 end
            as {{ m.model }}_ppm
        {%- endfor %}
    from by_channel
),

credited as (
    {%- for m in models %}
    select conversion_id, '{{ m.model }}' as model, channel, touch_count, {{ m.model }}_ppm as ppm from whole where {{ m.model }}_ppm > 0
    union all
    {%- endfor %}
    select
        c.order_id as conversion_id,
        m.model,
        'none' as channel,
        cast(0 as bigint) as touch_count,
        cast(1000000 as bigint) as ppm
    from {{ ref('fct_orders') }} as c
    cross join (
        {%- for m in models %}
        select '{{ m.model }}' as model{{ ' union all' if not loop.last }}
        {%- endfor %}
    ) as m
    left join (select distinct conversion_id from by_channel) as b on b.conversion_id = c.order_id
    where not c.is_void and c.local_date is not null and b.conversion_id is null
),

summed as (
    select
        *,
        cast(sum(ppm) over (
            partition by conversion_id, model order by channel rows between unbounded preceding and current row
        ) as bigint) as ppm_so_far
    from credited
)

select
    s.conversion_id,
    s.model,
    s.channel,
    c.person_id,
    cast(cast(s.ppm as decimal(18, 6)) * 0.000001 as decimal(18, 6)) as credit,
    -- cut from the running sum, so that the parts of an amount sum to it
    case when c.excluded_reason is null then cast(
        round(c.net_amount * cast(s.ppm_so_far as decimal(10, 0)) * 0.000001, 2)
        - round(c.net_amount * cast(s.ppm_so_far - s.ppm as decimal(10, 0)) * 0.000001, 2)
    as decimal(18, 2)) end as value,
    s.touch_count,
    {{ attribution_version() }} as definition_version,
    c.ordered_at as converted_at,
    c.local_date
from summed as s
inner join {{ ref('fct_orders') }} as c on c.order_id = s.conversion_id
