{{ union_of('external_figures') }}
