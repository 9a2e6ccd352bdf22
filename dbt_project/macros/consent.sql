{# Purposes that need a person's consent, each with the state of who never stated anything: `[consent] default` of
   cx.toml, which gives all of them. #}
{% macro consent_default() %}
  {%- set told = var('consent_default', {}) -%}
  {%- if execute and not told -%}
    {%- do exceptions.raise_compiler_error(
        "The variable consent_default is not set: give --vars '{consent_default: {email_marketing: refused}}'.") -%}
  {%- endif -%}
  {{ return(told) }}
{% endmacro %}

{# Whether a person's consent to a purpose stands at as_of. Every mart whose `meta.purpose` needs consent filters by
   it; the gate proves it on the files to be shown. #}
{% macro consented(purpose, person_id) -%}
  {%- if execute and purpose not in consent_default() -%}
    {%- do exceptions.raise_compiler_error("There is no consent to " ~ purpose ~ "; purposes: "
        ~ consent_default().keys() | join(', ')) -%}
  {%- endif -%}
  exists (
        select 1
        from {{ ref('dim_consents') }} as consent
        where consent.person_id = {{ person_id }} and consent.purpose = '{{ purpose }}' and consent.state = 'granted'
    )
{%- endmacro %}

{# Persons with an identifier of a kind (email, phone) who may be reached by it for a purpose, with the segments that
   they are in. #}
{% macro recipients(purpose, kind) -%}
with segments as (

    select
        person_id
        {%- for scheme in segment_schemes() %},
        max(case when scheme = '{{ scheme.scheme }}' then segment end) as {{ scheme.scheme }}_segment
        {%- endfor %}
    from {{ ref('fct_segment_membership') }}
    where valid_to is null
    group by person_id

)

select
    d.person_id,
    d.language,
    d.country,
    d.region,
    d.preferred_channel,
    {%- for scheme in segment_schemes() %}
    s.{{ scheme.scheme }}_segment,
    {%- endfor %}
    c.basis as consent_basis,
    c.stated_at as consented_at
from {{ ref('dim_customers') }} as d
inner join {{ ref('dim_consents') }} as c on c.person_id = d.person_id and c.purpose = '{{ purpose }}'
left join segments as s on s.person_id = d.person_id
where {{ consented(purpose, 'd.person_id') }}
    and exists (
        select 1 from {{ ref('int_person_tokens') }} as t where t.person_id = d.person_id and t.kind = '{{ kind }}'
    )
{%- endmacro %}
