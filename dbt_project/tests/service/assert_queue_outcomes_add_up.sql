-- Whoever enters a queue is answered, abandons, abandons at once, leaves it otherwise, or still waits: one of
-- these and only one, and offered is answered + abandoned. A row here is a contact whose flags disagree:
-- abandonment rate and service level would then rest on different groups.
select *
from {{ ref('fct_contacts') }}
where true is distinct from (
    (has_queue = (queue_outcome is not null))
    and (queue_outcome is null
        or queue_outcome in ('answered', 'abandoned', 'short_abandon', 'left_otherwise', 'waiting'))
    and is_offered = (is_answered or is_abandoned)
    and not (is_answered and is_abandoned)
    and is_answered = (excluded_reason is null and coalesce(queue_outcome, '') = 'answered')
    and is_abandoned = (excluded_reason is null and coalesce(queue_outcome, '') = 'abandoned')
    and is_short_abandon = (excluded_reason is null and coalesce(queue_outcome, '') = 'short_abandon')
    and coalesce(wait_seconds, 0) >= 0
    and coalesce(handle_seconds, 0) >= 0
)
