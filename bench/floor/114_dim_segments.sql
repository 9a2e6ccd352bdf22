create table marts."dim_segments" as
-- The segments of each scheme with the rule that decides, in the order in which rules are tried.
with segments as (

    select
        'rfm' as scheme,
        'champions' as segment,
        'Champions' as name,
        'recency_quintile >= 4 and frequency_quintile >= 4 and monetary_quintile >= 4' as rule,
        1 as position,
        1 as rule_version
    union all
    select
        'rfm' as scheme,
        'loyal' as segment,
        'Loyal' as name,
        'recency_quintile >= 3 and frequency_quintile >= 3' as rule,
        2 as position,
        1 as rule_version
    union all
    select
        'rfm' as scheme,
        'recent' as segment,
        'Recent' as name,
        'recency_quintile >= 4' as rule,
        3 as position,
        1 as rule_version
    union all
    select
        'rfm' as scheme,
        'promising' as segment,
        'Promising' as name,
        'recency_quintile = 3' as rule,
        4 as position,
        1 as rule_version
    union all
    select
        'rfm' as scheme,
        'at_risk' as segment,
        'At risk' as name,
        'frequency_quintile >= 3' as rule,
        5 as position,
        1 as rule_version
    union all
    select
        'rfm' as scheme,
        'hibernating' as segment,
        'Hibernating' as name,
        'true' as rule,
        6 as position,
        1 as rule_version
    union all
    select
        'rfm' as scheme,
        'no_orders' as segment,
        'No orders yet' as name,
        'no order that still stands before the Monday' as rule,
        7 as position,
        1 as rule_version
    union all
    select
        'value' as scheme,
        'high' as segment,
        'High value' as name,
        '5 * value_rank <= buyer_count' as rule,
        1 as position,
        1 as rule_version
    union all
    select
        'value' as scheme,
        'medium' as segment,
        'Medium value' as name,
        '2 * value_rank <= buyer_count' as rule,
        2 as position,
        1 as rule_version
    union all
    select
        'value' as scheme,
        'low' as segment,
        'Low value' as name,
        'true' as rule,
        3 as position,
        1 as rule_version
    union all
    select
        'value' as scheme,
        'no_orders' as segment,
        'No orders yet' as name,
        'no order that still stands before the Monday' as rule,
        4 as position,
        1 as rule_version
    

)

select
    scheme,
    segment,
    name,
    rule,
    cast(position as integer) as position,
    cast(rule_version as integer) as rule_version
from segments;
