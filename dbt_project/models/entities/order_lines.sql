{{ union_of('order_lines') }}
