{{ union_of('mentions') }}
