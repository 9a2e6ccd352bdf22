{{ union_of('consents') }}
