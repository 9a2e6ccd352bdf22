create table marts."agg_consents" as
-- How many persons' consent to each purpose stands at as_of, in which state and on what basis.
select
    purpose,
    state,
    basis,
    count(*) as persons,
    count(case when contradicting_count > 0 then 1 end) as contradicted
from "marts"."dim_consents"
group by purpose, state, basis;
