{{ union_of('sla_targets') }}
