{{ union_of('contact_segments') }}
