-- Why: sessions are kept by a night that touches only what changed; were an event missed or counted twice, every web
-- KPI would be wrong in silence. Every event of a visitor is in one session: events, page views and errors add up.
-- A failure means the night missed a change: run with --full-refresh and look at chg_visitors.
{{ config(meta={'dagster': {'ref': {'name': 'fct_sessions'}}}) }}

with of_sessions as (
    select
        cast(coalesce(sum(event_count), 0) as bigint) as event_count,
        cast(coalesce(sum(page_views), 0) as bigint) as page_views,
        cast(coalesce(sum(error_count), 0) as bigint) as error_count
    from {{ ref('fct_sessions') }}
),

of_events as (
    select
        count(*) as event_count,
        count(case when event_name = 'page_view' then 1 end) as page_views,
        count(error_code) as error_count
    from {{ ref('web_events') }}
    where visitor_token is not null or login_token is not null
)

select
    s.event_count,
    e.event_count as expected_event_count,
    s.page_views,
    e.page_views as expected_page_views,
    s.error_count,
    e.error_count as expected_error_count
from of_sessions as s
cross join of_events as e
where true is distinct from (s.event_count = e.event_count and s.page_views = e.page_views and s.error_count = e.error_count)
