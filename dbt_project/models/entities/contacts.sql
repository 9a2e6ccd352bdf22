{{ union_of('contacts') }}
