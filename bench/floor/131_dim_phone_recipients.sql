create table marts."dim_phone_recipients" as
-- Whom a campaign may call: persons with a phone number whose consent to it stands.
with segments as (

    select
        person_id,
        max(case when scheme = 'rfm' then segment end) as rfm_segment,
        max(case when scheme = 'value' then segment end) as value_segment
    from "marts"."fct_segment_membership"
    where valid_to is null
    group by person_id

)

select
    d.person_id,
    d.language,
    d.country,
    d.region,
    d.preferred_channel,
    s.rfm_segment,
    s.value_segment,
    c.basis as consent_basis,
    c.stated_at as consented_at
from "marts"."dim_customers" as d
inner join "marts"."dim_consents" as c on c.person_id = d.person_id and c.purpose = 'phone_marketing'
left join segments as s on s.person_id = d.person_id
where exists (
        select 1
        from "marts"."dim_consents" as consent
        where consent.person_id = d.person_id and consent.purpose = 'phone_marketing' and consent.state = 'granted'
    )
    and exists (
        select 1 from "intermediate"."int_person_tokens" as t where t.person_id = d.person_id and t.kind = 'phone'
    );
