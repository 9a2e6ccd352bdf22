{{ union_of('schedules') }}
