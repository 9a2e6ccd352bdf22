-- The CRM keeps objections: who has made none may be written to and called as a customer. An objection without a day,
-- or with one later than the record that tells it, was made when that version of the record was.
with source as (

    select * from {{ rows_of('salesforce', 'contacts') }}

)
{%- for purpose, column, moment in [
    ('email_marketing', 'has_opted_out_of_email', 'email_opt_out_date'),
    ('phone_marketing', 'do_not_call', 'system_modstamp'),
] %}
{% if not loop.first %}
union all
{% endif %}
select
    'salesforce' as source,
    id || '/{{ purpose }}' as source_id,
    system_modstamp as version_at,
    id as person_token,
    '{{ purpose }}' as purpose,
    case when {{ column }} then 'withdrawn' else 'granted' end as state,
    case when {{ column }} then least({{ moment }}, system_modstamp) else created_date end as stated_at,
    'existing_customer' as basis,
    'crm' as channel
from source
where {{ column }} is not null
{%- endfor %}
