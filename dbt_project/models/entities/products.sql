{{ union_of('products') }}
