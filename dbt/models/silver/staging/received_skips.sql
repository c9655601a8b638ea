{{ config(materialized='ephemeral') }}
{{ received_events('skips') }}
