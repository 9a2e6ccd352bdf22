{{ union_of('research_findings') }}
