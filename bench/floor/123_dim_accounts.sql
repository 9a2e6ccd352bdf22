create table marts."dim_accounts" as
-- Each membership of a person in an organisation or household, with who looks after it.
select
    md5(a.source || '/' || a.source_id) as membership_id,
    a.source,
    a.account_id as account_token,
    p.person_id,
    a.role,
    a.manager_token,
    a.valid_from,
    a.valid_to,
    a.valid_to is null or a.valid_to >= timestamp '{as_of_at}' as is_current,
    count(*) over (partition by a.source, a.account_id) as membership_count
from "entities"."accounts" as a
left join "intermediate"."int_person_tokens" as p on p.token = a.person_account_token;
