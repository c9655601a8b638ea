{{ config(tags=['slow']) }}
-- Whoever plays an artist has played them for the first time: both tables hold the same pairs.
select
  discovery.first_played_at,
  preferences.first_played_at as first_played_at_of_preferences,
  coalesce(discovery.user_id, preferences.user_id) as user_id,
  coalesce(discovery.artist_key, preferences.artist_key) as artist_key
from {{ ref('discovery') }} as discovery
full outer join {{ ref('user_preferences') }} as preferences
  on discovery.user_id = preferences.user_id and discovery.artist_key = preferences.artist_key
where
  discovery.user_id is null
  or preferences.user_id is null
  or discovery.first_played_at <> preferences.first_played_at
