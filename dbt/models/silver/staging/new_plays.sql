{{ classify_events('plays', ref('received_plays')) }}
