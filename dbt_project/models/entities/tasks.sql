{{ union_of('tasks') }}
