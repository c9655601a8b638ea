{{ config(unique_key='track_id') }}
-- Grain: one row per track_id.
with plays as (
  select * from {{ ref('plays') }}
  {{ only_changed('track_id', [ref('plays')]) }}
)

select
  track_id,
  {{ latest('track') }} as track,
  {{ latest('artist') }} as artist,
  {{ latest('artist_key') }} as artist_key,
  {{ latest('album') }} as album,
  {{ latest('genre') }} as genre,
  {{ latest('track_duration') }} as track_duration,
  min(timestamp) as first_played_at,
  max(timestamp) as last_played_at,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from plays
group by track_id
