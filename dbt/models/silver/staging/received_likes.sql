{{ config(materialized='ephemeral') }}
{{ received_events('likes') }}
