{# What an answer adds to the figure of its wave: promoter 1, passive 0, detractor -1; of a share 1 or 0. None where the item
   was asked on a scale that the figure is not defined for. #}
{% macro wave_value() -%}
case
            when kind = 'nps' then case nps_bucket when 'promoter' then 1 when 'detractor' then -1 when 'passive' then 0 end
            when kind = 'csat' and scale_min = 1 and scale_max = 5 then case when score >= 4 then 1 else 0 end
            when kind = 'ces' and scale_min = 1 and scale_max = 7 then case when score >= 5 then 1 else 0 end
            when kind = 'fcr' and lower(choice) = 'yes' then 1
            when kind = 'fcr' and lower(choice) = 'no' then 0
        end
{%- endmacro %}

{# The waves of an item in the order in which they were first answered. #}
{% macro wave_order() -%}
partition by source, survey_id, item_id, kind, scale_min, scale_max order by first_answered_at, wave
{%- endmacro %}
