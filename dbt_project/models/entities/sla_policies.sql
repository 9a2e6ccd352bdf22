{{ union_of('sla_policies') }}
