{{ config(
    unique_key=['user_id', 'artist_key', 'built_from_version'],
    incremental_strategy='add_counted',
    meta={
      'counts': ['plays', 'likes'], 'recount_by': 'user_id',
      'batches': {'key': 'user_id', 'of': 'plays', 'counts': ['plays', 'likes'], 'by': 'rows to add'}
    }
) }}
-- Grain: one row per user_id, artist_key and the build that counted them (built_from_version).
-- Each build adds the plays that are new to it, and reads no row that is there: gold.listener_artists adds
-- them up. likes are all that there were at that build; a new like of a known artist is a row without plays.
-- Many new plays are added in parts (macros/gold/in_batches.sql).
{% set adding = adds_up([ref('plays'), ref('likes')]) %}
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
    artist_key,
    {{ latest('artist', tie='artist') }} as artist,
    count(*) as plays,
    {{ count_where('is_stream') }} as streams,
    {{ count_where('skipped') }} as skips,
    {{ sum_where('duration') }} as ms_played,
    min(timestamp) as first_played_at,
    max(timestamp) as last_played_at
  from plays
  group by user_id, artist_key
),

counted as (
  {{ fresh_and_liked(adding, 'user_id', 'artist_key') }}
),

likes as (
  select
    given.user_id,
    given.artist_key,
    {{ count_where('given.liked') }} as likes
  from {{ ref('likes') }} as given
  {% if adding -%}
  inner join counted on given.user_id = counted.user_id and given.artist_key = counted.artist_key
  {% endif -%}
  group by given.user_id, given.artist_key
)

select
  counted.user_id,
  counted.artist_key,
  fresh.artist,
  {% for column in ['plays', 'streams', 'skips', 'ms_played'] -%}
  coalesce(fresh.{{ column }}, 0) as {{ column }},
  {% endfor -%}
  coalesce(likes.likes, 0) as likes,
  fresh.first_played_at,
  fresh.last_played_at,
  {{ newest_silver_version([ref('plays'), ref('likes')]) }} as built_from_version
from counted
left join fresh on counted.user_id = fresh.user_id and counted.artist_key = fresh.artist_key
left join likes on counted.user_id = likes.user_id and counted.artist_key = likes.artist_key
