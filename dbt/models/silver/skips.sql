{{ config(unique_key='event_id', incremental_strategy='replace_events') }}
-- Last to be written: its newest _commit_version says how far silver has taken in the lake.
-- depends_on: {{ ref('event_accounting') }}
-- depends_on: {{ ref('rejects') }}
{{ stored_events('skips', ref('new_skips')) }}
