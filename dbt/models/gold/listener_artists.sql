{{ config(materialized='view') }}
-- Grain: one row per user_id and artist_key.
-- What each build counted, added up. One select from one table, as the marts hold rows of that table and this
-- statement to read them by (src/warehouse/export-marts.ts).
select
  user_id,
  artist_key,
  {{ latest('artist', 'last_played_at', tie='artist') }} as artist,
  {{ sum_where('plays') }} as plays,
  {{ sum_where('streams') }} as streams,
  {{ sum_where('skips') }} as skips,
  {{ sum_where('ms_played') }} as ms_played,
  max_by(likes, built_from_version) as likes,
  min(first_played_at) as first_played_at,
  max(last_played_at) as last_played_at,
  max(built_from_version) as built_from_version
from {{ ref('listener_artist_counts') }}
group by user_id, artist_key
-- Of a like without a play there is no row.
having sum(plays) > 0
