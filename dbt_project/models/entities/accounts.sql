{{ union_of('accounts') }}
