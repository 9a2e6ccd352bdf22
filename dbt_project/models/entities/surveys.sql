{{ union_of('surveys') }}
