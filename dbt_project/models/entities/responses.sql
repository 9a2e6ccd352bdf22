{{ union_of('responses') }}
