{{ union_of('outages') }}
