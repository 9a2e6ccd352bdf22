create table intermediate."chg_visitors" as
-- One row per visitor whose sessions this night has to cut anew, and from when: the start of the chain that the
-- visitor's earliest change may touch. Empty when int_sessions is rebuilt whole.

select
    e.visitor_token,
    e.occurred_at as restart_at
from "entities"."web_events" as e
where false;
