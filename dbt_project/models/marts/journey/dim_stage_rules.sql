-- The rules by which a touch has its touchpoint and its stage, in the order in which they are tried.
select
    cast(rule_number as integer) as rule_number,
    {{ stage_rules_version() }} as rule_version,
    touchpoint,
    stage,
    kind,
    detail,
    channels,
    words
from ({{ stage_rule_rows() }}) as r
