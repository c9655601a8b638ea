{{ config(unique_key='user_id') }}
-- Grain: one row per user_id and track_id.
with plays as (
  select * from {{ ref('plays') }}
  {{ only_changed('user_id', [ref('plays'), ref('likes')]) }}
),

likes as (
  select
    user_id,
    track_id,
    {{ latest('liked') }} as liked
  from {{ ref('likes') }}
  group by user_id, track_id
),

counted as (
  select
    user_id,
    track_id,
    {{ latest('track') }} as track,
    {{ latest('artist') }} as artist,
    {{ latest('album') }} as album,
    count(*) as plays,
    {{ count_where('is_stream') }} as streams,
    {{ count_where('skipped') }} as skips,
    {{ sum_where('duration') }} as ms_played,
    min(timestamp) as first_played_at,
    max(timestamp) as last_played_at
  from plays
  group by user_id, track_id
)

select
  counted.user_id,
  counted.track_id,
  counted.track,
  counted.artist,
  counted.album,
  counted.plays,
  counted.streams,
  counted.skips,
  counted.ms_played,
  coalesce(likes.liked, false) as liked,
  counted.first_played_at,
  counted.last_played_at,
  {{ newest_silver_version([ref('plays'), ref('likes')]) }} as built_from_version
from counted
left join likes on counted.user_id = likes.user_id and counted.track_id = likes.track_id
