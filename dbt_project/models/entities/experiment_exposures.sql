{{ union_of('experiment_exposures') }}
