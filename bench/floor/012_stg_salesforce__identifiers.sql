create view staging."stg_salesforce__identifiers" as
-- Accounts tie nobody together: the members of a household are several people.

select
    'salesforce' as source,
    id || '/id/customer_number' as source_id,
    system_modstamp as version_at,
    'account' as kind,
    id as token,
    'login' as other_kind,
    customer_number as other_token,
    created_date as seen_at,
    'same_contacts_record' as rule
from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."contacts" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
where id is not null and customer_number is not null

union all

select
    'salesforce' as source,
    id || '/id/email' as source_id,
    system_modstamp as version_at,
    'account' as kind,
    id as token,
    'email' as other_kind,
    email as other_token,
    created_date as seen_at,
    'same_contacts_record' as rule
from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."contacts" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
where id is not null and email is not null

union all

select
    'salesforce' as source,
    id || '/id/phone' as source_id,
    system_modstamp as version_at,
    'account' as kind,
    id as token,
    'phone' as other_kind,
    phone as other_token,
    created_date as seen_at,
    'same_contacts_record' as rule
from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."contacts" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
where id is not null and phone is not null

union all

select
    'salesforce' as source,
    id || '/id/mobile_phone' as source_id,
    system_modstamp as version_at,
    'account' as kind,
    id as token,
    'phone' as other_kind,
    mobile_phone as other_token,
    created_date as seen_at,
    'same_contacts_record' as rule
from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."contacts" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
where id is not null and mobile_phone is not null

union all

select
    'salesforce' as source,
    id || '/order_number/contact_id' as source_id,
    system_modstamp as version_at,
    'order' as kind,
    order_number as token,
    'account' as other_kind,
    contact_id as other_token,
    created_date as seen_at,
    'same_opportunities_record' as rule
from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."opportunities" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
where order_number is not null and contact_id is not null

union all

select
    'salesforce' as source,
    id || '/supplied_email/contact_id' as source_id,
    system_modstamp as version_at,
    'email' as kind,
    supplied_email as token,
    'account' as other_kind,
    contact_id as other_token,
    created_date as seen_at,
    'same_cases_record' as rule
from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."cases" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
where supplied_email is not null and contact_id is not null

union all

select
    'salesforce' as source,
    id || '/supplied_phone/contact_id' as source_id,
    system_modstamp as version_at,
    'phone' as kind,
    supplied_phone as token,
    'account' as other_kind,
    contact_id as other_token,
    created_date as seen_at,
    'same_cases_record' as rule
from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."cases" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
where supplied_phone is not null and contact_id is not null

union all

select
    'salesforce' as source,
    id || '/supplied_email/supplied_phone' as source_id,
    system_modstamp as version_at,
    'email' as kind,
    supplied_email as token,
    'phone' as other_kind,
    supplied_phone as other_token,
    created_date as seen_at,
    'same_cases_record' as rule
from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."cases" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
where supplied_email is not null and supplied_phone is not null

union all

-- the record that was merged away goes to the bin and names the one that stays; taken out of it again, it names none
select
    'salesforce' as source,
    id || '/merged' as source_id,
    system_modstamp as version_at,
    'account' as kind,
    id as token,
    'account' as other_kind,
    master_record_id as other_token,
    system_modstamp as seen_at,
    'crm_merge' as rule
from (
    select v.*
    from (
        select
            r.*,
            row_number() over (partition by r._key order by r._version desc, r._hash desc) as _rank
        from "raw_salesforce"."contacts" as r
        where (r._version < timestamp '{as_of_at}' or r._version is null)
            and (r._time < timestamp '{as_of_at}' or r._time is null)
    ) as v
    where v._rank = 1
)
where is_deleted and master_record_id is not null;
