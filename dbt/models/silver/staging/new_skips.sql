{{ classify_events('skips', ref('received_skips')) }}
