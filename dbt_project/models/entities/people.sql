{{ union_of('people') }}
