{{ classify_events('skips', ref('received_skips'), has_duration=true) }}
