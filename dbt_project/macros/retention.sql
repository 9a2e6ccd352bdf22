{# Who comes back, version 1. `basis` says what makes a cohort and what coming back is. #}
{% macro retention_bases() %}{{ return(['first_order', 'first_touch']) }}{% endmacro %}

{% macro retention_version() %}{{ return(1) }}{% endmacro %}

{# Days of a window counted from the person's own first day. #}
{% macro retention_days() %}{{ return(30) }}{% endmacro %}

{# The last period that is told. #}
{% macro last_retention_period() %}{{ return(24) }}{% endmacro %}

{# The months since the year 0 of a date: bigint. #}
{% macro month_number(day) -%}
(12 * extract(year from {{ day }}) + extract(month from {{ day }}))
{%- endmacro %}
