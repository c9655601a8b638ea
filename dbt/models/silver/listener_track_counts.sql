{{ config(
    unique_key=['user_id', 'track_id', 'built_from_version'],
    incremental_strategy='add_counted',
    meta={
      'counts': ['plays', 'likes'], 'recount_by': 'user_id',
      'batches': {'key': 'user_id', 'of': 'plays', 'counts': ['plays', 'likes'], 'by': 'rows to add'}
    }
) }}
-- Grain: one row per user_id, track_id and the build that counted them (built_from_version).
-- Each build adds the plays that are new to it, and reads no row that is there: gold.listener_tracks adds
-- them up. liked is what held at that build; a new like of a known track is a row without plays. Many new
-- plays are added in parts (macros/gold/in_batches.sql).
{% set adding = adds_up([ref('plays'), ref('likes')]) %}
{% set counts = [
  'plays', 'streams', 'skips', 'ms_played', 'private_plays', 'private_streams', 'private_skips',
] %}
with batch as (
  select *
  from {{ ref('plays') }}
  where {{ in_batch('user_id') }}
),

plays as (
  select * from batch
  {{ only_to_count(adding, 'user_id', [ref('plays'), ref('likes')]) }}
),

fresh as (  -- noqa: ST03
  select
    user_id,
    track_id,
    {{ latest('track', tie='track') }} as track,
    {{ latest('artist', tie='artist') }} as artist,
    {{ latest('album', tie='album') }} as album,
    max(case when album is not null then timestamp end) as album_told_at,
    count(*) as plays,
    {{ count_where('is_stream') }} as streams,
    {{ count_where('skipped') }} as skips,
    {{ sum_where('duration') }} as ms_played,
    {{ count_where('is_private') }} as private_plays,
    {{ count_where('is_private and is_stream') }} as private_streams,
    {{ count_where('is_private and skipped') }} as private_skips,
    min(timestamp) as first_played_at,
    max(timestamp) as last_played_at
  from plays
  group by user_id, track_id
),

counted as (
  {{ fresh_and_liked(adding, 'user_id', 'track_id') }}
),

likes as (
  select
    given.user_id,
    given.track_id,
    {{ latest('given.liked', 'given.timestamp', 'given.event_id') }} as liked
  from {{ ref('likes') }} as given
  {% if adding -%}
  inner join counted on given.user_id = counted.user_id and given.track_id = counted.track_id
  {% endif -%}
  group by given.user_id, given.track_id
)

select
  counted.user_id,
  counted.track_id,
  fresh.track,
  fresh.artist,
  fresh.album,
  fresh.album_told_at,
  {% for column in counts -%}
  coalesce(fresh.{{ column }}, 0) as {{ column }},
  {% endfor -%}
  coalesce(likes.liked, false) as liked,
  fresh.first_played_at,
  fresh.last_played_at,
  {{ newest_silver_version([ref('plays'), ref('likes')]) }} as built_from_version
from counted
left join fresh on counted.user_id = fresh.user_id and counted.track_id = fresh.track_id
left join likes on counted.user_id = likes.user_id and counted.track_id = likes.track_id
