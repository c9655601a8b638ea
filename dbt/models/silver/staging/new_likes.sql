{{ classify_events('likes', ref('received_likes'), has_duration=false) }}
