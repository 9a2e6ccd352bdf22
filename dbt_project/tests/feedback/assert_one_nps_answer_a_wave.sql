-- One answer a person and survey wave counts, the last; a person counted twice has two votes. A row here is
-- a person with more than one counted NPS answer to an item of a wave.
select
    source,
    survey_id,
    wave,
    item_id,
    person_id,
    count(*) as counted_answers
from {{ ref('fct_responses') }}
where kind = 'nps' and is_counted and person_id is not null
group by source, survey_id, wave, item_id, person_id
having count(*) > 1
