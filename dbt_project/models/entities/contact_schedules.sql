{{ union_of('contact_schedules') }}
