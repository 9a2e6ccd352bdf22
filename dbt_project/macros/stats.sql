{#-
  95 % intervals as SQL expressions. Each macro takes column expressions that are never null where a
  value is shown, and `side`, 'low' or 'high'; where there is nothing to estimate the answer is null.
-#}

{% macro z_975() %}1.959963984540054{% endmacro %}

{% macro as_double(expression) %}cast({{ expression }} as double){% endmacro %}

{#- Share of `cases` among `n`: Wilson (1927), never outside 0..1, never of zero width. -#}
{% macro wilson_bound(side, cases, n) -%}
{%- set p = '(' ~ as_double(cases) ~ ' / nullif(' ~ n ~ ', 0))' -%}
{%- set zz = z_975() ~ ' * ' ~ z_975() -%}
case when {{ n }} > 0 then least(greatest(
    cast({{ p }} + cast({{ zz }} as double) / nullif(2 * {{ n }}, 0)
        {{ '-' if side == 'low' else '+' }} {{ z_975() }} * sqrt(greatest(
            cast({{ p }} * (1 - {{ p }}) as double) / nullif({{ n }}, 0)
            + cast({{ zz }} as double) / nullif(4 * {{ as_double(n) }} * {{ n }}, 0), 0))
    as double) / nullif(1 + cast({{ zz }} as double) / nullif({{ n }}, 0), 0),
    0.0), 1.0) end
{%- endmacro %}

{#-
  Difference of two shares of the same `n`, as NPS: adjusted Wald (Rocks 2016), scaled to -100..100.
  `difference` is promoters - detractors, `squares` promoters + detractors.
-#}
{% macro adjusted_wald_bound(side, difference, n, squares) -%}
{%- set d = '(' ~ as_double(difference) ~ ' / nullif(' ~ n ~ ' + 3, 0))' -%}
{%- set s = '(cast(' ~ squares ~ ' + 1.5 as double) / nullif(' ~ n ~ ' + 3, 0))' -%}
case when {{ n }} > 0 then {{ 'greatest' if side == 'low' else 'least' }}(
    100 * ({{ d }} {{ '-' if side == 'low' else '+' }} {{ z_975() }} * sqrt(greatest(
        cast({{ s }} - {{ d }} * {{ d }} as double) / nullif({{ n }} + 3, 0), 0))),
    {{ '-100.0' if side == 'low' else '100.0' }}) end
{%- endmacro %}

{#- 97.5 % quantile of Student's t, Hill's expansion: within 1 % from two degrees of freedom on. -#}
{% macro t_975(degrees) -%}
{%- set v = as_double(degrees) -%}
(case when {{ degrees }} = 1 then 12.7062047 else 1.9599640
    + cast(2.3722712 as double) / nullif({{ v }}, 0)
    + cast(2.8224986 as double) / nullif({{ v }} * {{ v }}, 0)
    + cast(2.5558497 as double) / nullif({{ v }} * {{ v }} * {{ v }}, 0)
    + cast(1.5895341 as double) / nullif({{ v }} * {{ v }} * {{ v }} * {{ v }}, 0) end)
{%- endmacro %}

{#- Mean of `n` values from their total and their sum of squares: Student's t; null for one value. -#}
{% macro mean_bound(side, total, n, squares) -%}
{%- set m = '(' ~ as_double(total) ~ ' / nullif(' ~ n ~ ', 0))' -%}
case when {{ n }} > 1 then {{ m }} {{ '-' if side == 'low' else '+' }} {{ t_975(n ~ ' - 1') }} * sqrt(
    cast(greatest({{ as_double(squares) }} - {{ m }} * {{ as_double(total) }}, 0) as double)
    / nullif({{ as_double(n) }} * ({{ n }} - 1), 0)) end
{%- endmacro %}

{#- Expected number behind a `count`: Poisson, Byar's approximation (Breslow & Day 1987). -#}
{% macro poisson_bound(side, count) -%}
{%- set x = as_double(count) if side == 'low' else '(' ~ as_double(count) ~ ' + 1)' -%}
case when {{ count }} = 0 and '{{ side }}' = 'low' then 0.0 else {{ x }} * power(
    1 - cast(1 as double) / nullif(9 * {{ x }}, 0)
    {{ '-' if side == 'low' else '+' }} cast({{ z_975() }} as double) / nullif(3 * sqrt({{ x }}), 0), 3) end
{%- endmacro %}

{#- Expected sum of a random number of amounts: compound Poisson, variance = sum of squares. -#}
{% macro compound_poisson_bound(side, total, squares) -%}
{{ as_double(total) }} {{ '-' if side == 'low' else '+' }} {{ z_975() }} * sqrt({{ as_double(squares) }})
{%- endmacro %}

{#- The bound that a KPI's interval method asks for; an unknown method is an error with the allowed ones. -#}
{% macro interval_bound(method, side, numerator, n, squares) -%}
{%- if method == 'wilson' -%} {{ wilson_bound(side, numerator, n) }}
{%- elif method == 'adjusted_wald' -%} {{ adjusted_wald_bound(side, numerator, n, squares) }}
{%- elif method == 'student_t' -%} {{ mean_bound(side, numerator, n, squares) }}
{%- elif method == 'poisson' -%} {{ poisson_bound(side, numerator) }}
{%- elif method == 'compound_poisson' -%} {{ compound_poisson_bound(side, numerator, squares) }}
{%- else -%}
{{ exceptions.raise_compiler_error("interval method '" ~ method ~ "' is none of wilson, adjusted_wald, student_t, poisson, compound_poisson") }}
{%- endif -%}
{%- endmacro %}

{#-
  Two-sided p-value of a standard normal statistic, never negative: the complementary error function by Abramowitz and
  Stegun 7.1.26, within 1.5e-7. Null where the statistic is.
-#}
{% macro two_sided_p(statistic) -%}
{%- set x = '(' ~ as_double(statistic) ~ ' * 0.7071067811865476)' -%}
{%- set t = '(cast(1 as double) / nullif(1 + 0.3275911 * ' ~ x ~ ', 0))' -%}
({{ t }} * (0.254829592 + {{ t }} * (-0.284496736 + {{ t }} * (1.421413741 + {{ t }} * (-1.453152027 + {{ t }} * 1.061405429))))
    * exp(-1 * {{ x }} * {{ x }}))
{%- endmacro %}
