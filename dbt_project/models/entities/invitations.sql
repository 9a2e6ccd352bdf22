{{ union_of('invitations') }}
