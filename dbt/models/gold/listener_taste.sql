{{ config(unique_key='user_id') }}
-- Grain: one row per user_id and track_id that the listener has played. Private plays make a track known,
-- so that it is not recommended, and say nothing else: taste is compared with that of others.
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
  where not is_private
  group by user_id, track_id
),

counted as (
  select
    user_id,
    track_id,
    {{ latest('artist_key') }} as artist_key,
    {{ count_where('not is_private') }} as plays,
    {{ count_where('is_stream and not is_private') }} as streams,
    {{ count_where('skipped and not is_private') }} as skips,
    min(day) as first_day,
    max(day) as last_day
  from plays
  group by user_id, track_id
)

select
  counted.user_id,
  counted.track_id,
  counted.artist_key,
  counted.plays,
  counted.streams,
  counted.skips,
  likes.liked,
  counted.first_day,
  counted.last_day,
  {{ newest_silver_version([ref('plays'), ref('likes')]) }} as built_from_version
from counted
left join likes on counted.user_id = likes.user_id and counted.track_id = likes.track_id
