-- Adobe's own rule for its feeds: hits that it excluded, and those of the sources 5, 7, 8 and 9, are in no report.
select *
from {{ rows_of('adobe', 'hits') }}
where exclude_hit <= 0 and coalesce(hit_source, 1) not in (5, 7, 8, 9)
