{{ config(materialized='view') }}
-- Grain: one row per user_id and track_id.
-- What each build counted, added up. One select from one table, as the marts hold rows of that table and this
-- statement to read them by (src/warehouse/export-marts.ts).
select
  user_id,
  track_id,
  {{ latest('track', 'last_played_at', tie='track') }} as track,
  {{ latest('artist', 'last_played_at', tie='artist') }} as artist,
  {{ latest('album', 'album_told_at', tie='album') }} as album,
  max(album_told_at) as album_told_at,
  {{ sum_where('plays') }} as plays,
  {{ sum_where('streams') }} as streams,
  {{ sum_where('skips') }} as skips,
  {{ sum_where('ms_played') }} as ms_played,
  {{ sum_where('private_plays') }} as private_plays,
  {{ sum_where('private_streams') }} as private_streams,
  {{ sum_where('private_skips') }} as private_skips,
  max_by(liked, built_from_version) as liked,
  min(first_played_at) as first_played_at,
  max(last_played_at) as last_played_at,
  max(built_from_version) as built_from_version
from {{ ref('listener_track_counts') }}
group by user_id, track_id
-- Of a like without a play there is no row.
having sum(plays) > 0
