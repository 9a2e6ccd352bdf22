{{ union_of('contact_events') }}
