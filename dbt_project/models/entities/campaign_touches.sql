{{ union_of('campaign_touches') }}
