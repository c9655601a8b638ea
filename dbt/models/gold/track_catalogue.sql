{{ config(materialized='table') }}
-- Grain: one row per track_id that somebody has streamed outside private sessions: what can be recommended.
with listened as (
  select
    track_id,
    {{ count_where('streams > 0') }} as listeners,
    {{ sum_where('streams') }} as streams
  from {{ ref('listener_taste') }}
  group by track_id
)

select
  tracks.track_id,
  tracks.track,
  tracks.artist,
  tracks.artist_key,
  tracks.album,
  tracks.genre,
  listened.streams,
  listened.listeners,
  cast(percent_rank() over (order by listened.listeners) as double) as popularity,
  row_number() over (order by listened.listeners desc, tracks.track_id asc) as place
from {{ ref('tracks') }} as tracks
inner join listened on tracks.track_id = listened.track_id
where listened.listeners > 0
