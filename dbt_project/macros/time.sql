{# What a run may know: the reporting day `as_of` and its midnight `as_of_at`; models see what happened before it. #}
{% macro _told(name) -%}
  {%- if execute and var(name, none) is none -%}
    {%- do exceptions.raise_compiler_error(
        "The variable " ~ name ~ " is not set: give --vars '{as_of: YYYY-MM-DD, as_of_at: \"YYYY-MM-DD HH:MM:SS\"}'.") -%}
  {%- endif -%}
  {{ var(name, '1970-01-01') }}
{%- endmacro %}

{# The reporting day: a date. Facts are of the days before it. #}
{% macro as_of() -%}
  date '{{ _told('as_of') }}'
{%- endmacro %}

{# The instant (UTC) at which `as_of` begins in the reporting zone: a timestamp. #}
{% macro as_of_at() -%}
  timestamp '{{ _told('as_of_at') }}'
{%- endmacro %}

{# Whole seconds from one UTC timestamp to another, rounded down: bigint. #}
{% macro seconds_between(started_at, ended_at) -%}
  cast(floor(cast({{ epoch_us(ended_at) }} - {{ epoch_us(started_at) }} as double) / 1000000) as bigint)
{%- endmacro %}

{# Whole seconds since 1970 of a UTC timestamp, rounded down: bigint. Differences of these add up. #}
{% macro epoch_seconds(ts) -%}
  cast(floor(cast({{ epoch_us(ts) }} as double) / 1000000) as bigint)
{%- endmacro %}

{# Whole seconds of a number of microseconds, rounded down: bigint. #}
{% macro whole_seconds(us) -%}
  cast(floor(cast({{ us }} as double) / 1000000) as bigint)
{%- endmacro %}
