{{ classify_events('likes', ref('received_likes')) }}
