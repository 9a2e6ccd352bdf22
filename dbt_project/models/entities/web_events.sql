{{ config(materialized='view') }}

{{ union_of('web_events') }}
