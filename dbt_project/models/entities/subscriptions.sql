{{ union_of('subscriptions') }}
