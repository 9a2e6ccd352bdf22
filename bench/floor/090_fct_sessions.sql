create table marts."fct_sessions" as
-- Each session with its person: that of the visitor, or of the login where the visitor's cookie is shared by many.

select
    s.session_id,
    coalesce(v.person_id, l.person_id) as person_id,
    s.source,
    s.channel,
    s.source_name,
    s.medium,
    s.campaign,
    s.landing_page,
    s.exit_page,
    s.device,
    s.country,
    s.consent_state,
    s.login_token is not null as is_logged_in,
    s.is_converted,
    s.has_product_view,
    s.has_cart,
    s.has_checkout,
    s.is_bot,
    s.is_runaway,
    s.event_count,
    s.page_views,
    s.error_count,
    s.purchase_count,
    s.unpriced_count,
    s.revenue,
    s.currency,
    cast(floor(cast(/*engine*/ epoch_us(s.ended_at) /*end*/ - /*engine*/ epoch_us(s.started_at) /*end*/ as double) / 1000000) as bigint) as duration_seconds,
    s.engaged_seconds,
    s.started_at,
    s.ended_at,
    s.local_date
from "intermediate"."int_sessions" as s
left join "intermediate"."int_person_tokens" as v on v.token = s.visitor_token
left join "intermediate"."int_person_tokens" as l on l.token = s.login_token;
