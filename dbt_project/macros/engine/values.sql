{# Where SQL engines differ, value by value. Each macro's text stands between two marker comments:
   the lint of compiled SQL takes it for one name. #}

{# Microseconds since 1970 of a UTC timestamp: bigint. #}
{% macro epoch_us(ts) -%}{{ adapter.dispatch('epoch_us', 'cx')(ts) }}{%- endmacro %}
{% macro duckdb__epoch_us(ts) -%}/*engine*/ epoch_us({{ ts }}) /*end*/{%- endmacro %}

{# The day of a UTC timestamp in the reporting zone: date. Days of 23 and 25 hours included. #}
{% macro local_date(ts) -%}{{ adapter.dispatch('local_date', 'cx')(ts, var('reporting_zone', 'UTC')) }}{%- endmacro %}
{% macro duckdb__local_date(ts, zone) -%}
{%- if zone == 'UTC' -%}
    cast({{ ts }} as date)
{%- else -%}
    /*engine*/ cast(timezone('{{ zone }}', timezone('UTC', {{ ts }})) as date) /*end*/
{%- endif -%}
{%- endmacro %}

{# Local wall-clock time of a UTC timestamp in any IANA zone: timestamp. #}
{% macro local_time(ts, zone) -%}{{ adapter.dispatch('local_time', 'cx')(ts, zone) }}{%- endmacro %}
{% macro duckdb__local_time(ts, zone) -%}/*engine*/ timezone({{ zone }}, timezone('UTC', {{ ts }})) /*end*/{%- endmacro %}

{# The UTC timestamp at so many microseconds since 1970. #}
{% macro timestamp_us(us) -%}{{ adapter.dispatch('timestamp_us', 'cx')(us) }}{%- endmacro %}
{% macro duckdb__timestamp_us(us) -%}/*engine*/ make_timestamp({{ us }}) /*end*/{%- endmacro %}

{# The UTC timestamp of a local wall-clock time in any IANA zone: in the hour that clocks skip an hour on, in the hour
   that comes twice the second. #}
{% macro utc_time(ts, zone) -%}{{ adapter.dispatch('utc_time', 'cx')(ts, zone) }}{%- endmacro %}
{% macro duckdb__utc_time(ts, zone) -%}/*engine*/ timezone('UTC', timezone({{ zone }}, {{ ts }})) /*end*/{%- endmacro %}

{# Whole days from one date to another: bigint. #}
{% macro days_between(first_date, last_date) -%}{{ adapter.dispatch('days_between', 'cx')(first_date, last_date) }}{%- endmacro %}
{% macro duckdb__days_between(first_date, last_date) -%}/*engine*/ date_diff('day', {{ first_date }}, {{ last_date }}) /*end*/{%- endmacro %}

{# ISO weekday of a date, 1 is Monday: integer. #}
{% macro iso_weekday(day) -%}{{ adapter.dispatch('iso_weekday', 'cx')(day) }}{%- endmacro %}
{% macro duckdb__iso_weekday(day) -%}/*engine*/ cast(isodow({{ day }}) as integer) /*end*/{%- endmacro %}

{# A date as text, YYYY-MM-DD. #}
{% macro date_text(day) -%}{{ adapter.dispatch('date_text', 'cx')(day) }}{%- endmacro %}
{% macro duckdb__date_text(day) -%}/*engine*/ strftime({{ day }}, '%Y-%m-%d') /*end*/{%- endmacro %}

{# Whether a text matches a regular expression anywhere. #}
{% macro regexp_match(text, pattern) -%}{{ adapter.dispatch('regexp_match', 'cx')(text, pattern) }}{%- endmacro %}
{% macro duckdb__regexp_match(text, pattern) -%}/*engine*/ regexp_matches({{ text }}, '{{ pattern }}') /*end*/{%- endmacro %}

{# The scalar at a JSON path, as text. #}
{% macro without_tags(text) -%}{{ adapter.dispatch('without_tags', 'cx')(text) }}{%- endmacro %}
{% macro duckdb__without_tags(text) -%}/*engine*/ regexp_replace({{ text }}, '<[^<>]*>', ' ', 'g') /*end*/{%- endmacro %}

{% macro json_text(document, path) -%}{{ adapter.dispatch('json_text', 'cx')(document, path) }}{%- endmacro %}
{% macro duckdb__json_text(document, path) -%}/*engine*/ json_extract_string({{ document }}, '{{ path }}') /*end*/{%- endmacro %}

{# Values of a group joined by a separator in a stated order: an aggregate. The order must be total. #}
{% macro ordered_text(value, separator, order) -%}{{ adapter.dispatch('ordered_text', 'cx')(value, separator, order) }}{%- endmacro %}
{% macro duckdb__ordered_text(value, separator, order) -%}
/*engine*/ string_agg({{ value }}, '{{ separator }}' order by {{ order }}) /*end*/
{%- endmacro %}

{# The last value that is not null within a window written out: a window function. #}
{% macro last_known(value, window) -%}{{ adapter.dispatch('last_known', 'cx')(value, window) }}{%- endmacro %}
{% macro duckdb__last_known(value, window) -%}/*engine*/ last_value({{ value }} ignore nulls) over ({{ window }}) /*end*/{%- endmacro %}

{# A number in [0, buckets) drawn from a text's md5: the same on every engine. #}
{% macro hash_bucket(text, buckets) -%}{{ adapter.dispatch('hash_bucket', 'cx')(text, buckets) }}{%- endmacro %}
{% macro duckdb__hash_bucket(text, buckets) -%}
/*engine*/ cast(('0x' || substr(md5({{ text }}), 1, 15)) as bigint) % {{ buckets }} /*end*/
{%- endmacro %}

{# A number that tells a row, by its alias, from any other; and of many such numbers one that tells all of them, in any
   order: an aggregate. #}
{% macro row_mark(alias) -%}{{ adapter.dispatch('row_mark', 'cx')(alias) }}{%- endmacro %}
{% macro duckdb__row_mark(alias) -%}/*engine*/ hash({{ alias }}) /*end*/{%- endmacro %}

{% macro rows_mark(marks) -%}{{ adapter.dispatch('rows_mark', 'cx')(marks) }}{%- endmacro %}
{% macro duckdb__rows_mark(marks) -%}/*engine*/ sum({{ marks }}) /*end*/{%- endmacro %}
