{{ union_of('staffing') }}
