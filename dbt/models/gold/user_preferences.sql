{{ config(unique_key='user_id') }}
-- Grain: one row per user_id and artist_key.
-- affinity = share of the listener's streams that are of the artist, times 1 - half the skip rate.
with plays as (
  select * from {{ ref('plays') }}
  {{ only_changed('user_id', [ref('plays'), ref('likes')]) }}
),

likes as (
  select
    user_id,
    artist_key,
    {{ count_where('liked') }} as likes
  from {{ ref('likes') }}
  group by user_id, artist_key
),

counted as (
  select
    user_id,
    artist_key,
    {{ latest('artist') }} as artist,
    count(*) as plays,
    {{ count_where('is_stream') }} as streams,
    {{ count_where('skipped') }} as skips,
    {{ sum_where('duration') }} as ms_played,
    min(timestamp) as first_played_at,
    max(timestamp) as last_played_at
  from plays
  group by user_id, artist_key
),

weighed as (
  select
    counted.*,
    {{ share('skips', 'plays') }} as skip_rate,
    {{ share('streams', 'sum(streams) over (partition by user_id)') }}
    * (1 - {{ share('skips', 'plays') }} / 2) as affinity
  from counted
)

select
  weighed.user_id,
  weighed.artist_key,
  weighed.artist,
  weighed.plays,
  weighed.streams,
  weighed.skips,
  weighed.skip_rate,
  weighed.ms_played,
  coalesce(likes.likes, 0) as likes,
  weighed.affinity,
  row_number() over (
    partition by weighed.user_id
    order by weighed.affinity desc, weighed.ms_played desc, weighed.artist_key asc
  ) as rank,
  weighed.first_played_at,
  weighed.last_played_at,
  {{ newest_silver_version([ref('plays'), ref('likes')]) }} as built_from_version
from weighed
left join likes on weighed.user_id = likes.user_id and weighed.artist_key = likes.artist_key
