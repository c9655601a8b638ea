{{ classify_events('plays', ref('received_plays'), has_duration=true) }}
