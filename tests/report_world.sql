-- The tables of a small publish, seeded by hashes; `days` is made by report_world.py first.
create table dim_kpis as select * from (values
  ('sessions', 'Sessions', 'Visits.', 'sessions', 'up', 'poisson', 1, null, 'journey', 1, 1),
  ('conversion_rate', 'Conversion rate', 'Share.', 'share', 'up', 'wilson', 1, null, 'journey', 1, 2),
  ('revenue', 'Revenue', 'Amounts.', 'reporting currency', 'up', 'compound_poisson', 1, null, 'value', 1, 4),
  ('nps', 'Net Promoter Score', 'Promoters less detractors.', 'points', 'up', 'adjusted_wald', 100, null, 'feedback', 1, 5),
  ('csat', 'Customer satisfaction', 'Top-2-box.', 'share', 'up', 'wilson', 1, null, 'feedback', 1, 6),
  ('ces', 'Customer effort score 2.0', 'Mean.', 'points 1-7', 'up', 'student_t', 1, null, 'feedback', 1, 7),
  ('contacts', 'Contacts', 'Opened.', 'contacts', 'down', 'poisson', 1, null, 'service', 1, 8),
  ('abandonment_rate', 'Abandonment rate', 'Left.', 'share', 'down', 'wilson', 1, 0.05, 'service', 1, 9),
  ('asa', 'Average speed of answer', 'Mean wait.', 'seconds', 'down', 'student_t', 1, null, 'service', 1, 10),
  ('aht', 'Average handle time', 'Work.', 'seconds', 'down', 'student_t', 1, null, 'service', 1, 11),
  ('service_level_80_20', 'Service level 80/20', 'Within 20 s.', 'share', 'up', 'wilson', 1, 0.8, 'service', 1, 12)
) as t(kpi_id, name, definition, unit, direction, interval_method, scale, target, owner,
       definition_version, position);
alter table dim_kpis add column source varchar default 'practice';
create temp macro draw(x, n) as cast(hash(x) % n as bigint);
create table dim_segments as select * from (values
  ('value', 'high', 'High value', 'top', 1, 1), ('value', 'low', 'Low value', 'rest', 2, 1),
  ('value', 'no_orders', 'No orders yet', 'none', 3, 1)
) as t(scheme, segment, name, rule, position, rule_version);
create table fct_segment_membership as
  select 'p' || i as person_id, 'value' as scheme,
    case when i % 4 = 0 then 'high' when i % 4 = 1 then 'low' else 'no_orders' end as segment,
    (select min(day) from days) as valid_from, cast(null as date) as valid_to, 1 as rule_version
  from range(600) as r(i);
create table fct_contacts as
  select 'c' || i as contact_id, 'connect' as source, 'p' || (draw(i * 7, 600)) as person_id,
    case when draw(i, 97) = 0 then 'store' when draw(i, 3) = 0 then 'chat' when draw(i, 5) = 0 then 'email'
      else 'call' end as channel,
    ['billing', 'delivery', 'returns', 'login'][1 + draw(i * 3, 4)] as reason,
    ['sales', 'support', '<script>alert(''x'')</script>'][1 + draw(i * 5, 3)] as queue,
    case when draw(i * 11, 50) = 0 then 'test' end as excluded_reason,
    draw(i * 13, 12) = 0 as is_abandoned, cast(draw(i * 17, 60) as double) as wait_seconds,
    200 + cast(draw(i * 19, 300) as double) as handle_seconds,
    (select min(day) from days) + cast(i % (select count(*) from days) as integer) as local_date
  from range(6000) as r(i);
create table fct_sla_events as
  select contact_id, person_id, 'answer in time' as policy, 'queue_wait' as metric,
    case when wait_seconds <= 20 then 'met' else 'breached' end as state, local_date
  from fct_contacts;
create table fct_responses as
  select 'a' || i as answer_id, 'qualtrics' as source, ['nps', 'csat', 'ces'][1 + i % 3] as kind,
    'overall' as aspect, case when i % 3 = 0 then 0 else 1 end as scale_min,
    [10, 5, 7][1 + i % 3] as scale_max,
    'p' || (draw(i * 3, 600)) as person_id, case when draw(i, 4) = 0 then 'sms' else 'email' end as channel,
    true as is_counted,
    cast(case i % 3 when 0 then least(10, 2 + draw(i, 11)) when 1 then 1 + draw(i, 5)
      else 1 + draw(i, 7) end as decimal(18, 2)) as score,
    (select min(day) from days) + cast(i % (select count(*) from days) as integer) as local_date
  from range(5000) as r(i);
alter table fct_responses add column nps_bucket varchar;
update fct_responses set nps_bucket = case when score >= 9 then 'promoter' when score >= 7 then 'passive'
  else 'detractor' end where kind = 'nps';
create table fct_touchpoints as
  select 't' || i as touchpoint_id, 'p' || (draw(i, 600)) as person_id,
    ['awareness', 'consideration', 'purchase', 'use', 'loyalty'][1 + least(draw(i * 5, 9), 4)] as stage,
    ['organic_search', 'email', 'direct', 'call', 'paid_search', 'survey', 'chat', 'social'][1 + draw(i * 7, 8)] as channel,
    (select min(day) from days) + cast(i % (select count(*) from days) as integer) as local_date
  from range(20000) as r(i);
create table agg_response_rates as select * from (values
  ('s1', '2026Q4', 900, 210, 215, 0.2333, 0.206, 0.262), ('s2', 'none', null, null, 40, null, null, null),
  ('s3', 'w', 40, 2, 2, 0.05, 0.01, 0.16)
) as t(survey_id, wave, delivered_count, answered_invitation_count, response_count, response_rate, low, high);
create table agg_subscription_movements as
  select 'plan' as product_id, cast(date '2025-10-01' + to_months(cast(i as integer)) as date) as month,
    500 + 10 * i as opening, 40 as won, 6 as won_back, 36 as lost, 510 + 10 * i as closing, true as is_complete
  from range(13) as r(i);
create table agg_segment_kpis as
  select 'value' as scheme, s.segment, cast(date_trunc('week', day) as date) as week,
    max(case s.segment when 'high' then 150 when 'low' then 150 when 'no_orders' then 300 else 0 end) as persons,
    count(*) * 90 as sessions, count(*) * 4 as conversions, count(*) * 5 as orders,
    cast(count(*) * 260.5 as decimal(18, 2)) as revenue, count(*) * 3 as nps_numerator,
    count(*) * 10 as nps_denominator, count(*) * 6 as csat_numerator, count(*) * 9 as csat_denominator
  from days cross join (values ('high'), ('low'), ('no_orders'), ('unknown')) as s(segment) group by all;
create table agg_transitions as
  select f.stage as from_stage, c.channel as from_channel, t.stage as to_stage,
    case when t.stage = 'end' then 'end' else c.channel end as to_channel,
    case when f.stage = t.stage then 2600 else 40 + 30 * length(t.stage) end as transition_count, 4000 as from_count,
    case when t.stage = 'loyalty' then 3 else 25 end as person_count,
    case when f.stage = 'start' then 0 else 30 end as timed_count, 30 * 3600 * length(f.stage) as total_seconds
  from (values ('start'), ('awareness'), ('consideration'), ('purchase'), ('use'), ('loyalty')) as f(stage)
  cross join (values ('awareness'), ('consideration'), ('purchase'), ('use'), ('loyalty'), ('end')) as t(stage)
  cross join (values ('email'), ('direct')) as c(channel);
