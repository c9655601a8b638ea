{{ config(
    unique_key=['user_id', 'track_id'],
    incremental_strategy='replace_counted',
    meta={'counts': ['plays', 'likes'], 'recount_by': 'user_id'}
) }}
-- Grain: one row per user_id and track_id that the listener has played. Private plays make a track known,
-- so that it is not recommended, and say nothing else: taste is compared with that of others.
-- Taken from the tracks that were counted since.
{% set adding = adds_up([ref('plays'), ref('likes')]) %}
with changed as (
  select distinct
    user_id,
    track_id
  from {{ ref('listener_track_counts') }}
  {% if adding -%}
  where built_from_version > {{ built_version() }}
  {%- else -%}
  {{ only_changed('user_id', [ref('plays'), ref('likes')]) }}
  {%- endif %}
),

tracks as (
  select tracks.*
  from {{ ref('listener_tracks') }} as tracks
  inner join changed on tracks.user_id = changed.user_id and tracks.track_id = changed.track_id
),

likes as (
  select
    given.user_id,
    given.track_id,
    {{ latest('given.liked', 'given.timestamp', 'given.event_id') }} as liked
  from {{ ref('likes') }} as given
  {% if adding -%}
  inner join tracks on given.user_id = tracks.user_id and given.track_id = tracks.track_id
  {% endif -%}
  where not given.is_private
  group by given.user_id, given.track_id
)

select
  tracks.user_id,
  tracks.track_id,
  {{ artist_key('tracks.artist') }} as artist_key,
  tracks.plays - tracks.private_plays as plays,
  tracks.streams - tracks.private_streams as streams,
  tracks.skips - tracks.private_skips as skips,
  likes.liked,
  {{ utc_date('tracks.first_played_at') }} as first_day,
  {{ utc_date('tracks.last_played_at') }} as last_day,
  {{ newest_silver_version([ref('plays'), ref('likes')]) }} as built_from_version
from tracks
left join likes on tracks.user_id = likes.user_id and tracks.track_id = likes.track_id
