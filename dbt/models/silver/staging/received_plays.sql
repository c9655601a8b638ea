{{ config(materialized='ephemeral') }}
{{ received_events('plays') }}
