{{ config(
    unique_key=['user_id', 'track_id'],
    incremental_strategy='replace_counted',
    meta={'counts': ['plays', 'likes'], 'recount_by': 'user_id', 'found_by': 'pair_key'}
) }}
-- Grain: one row per user_id and track_id.
-- New plays are added to their tracks; the history is not read again.
{% set adding = adds_up([ref('plays'), ref('likes')]) %}
{% set keys = ['user_id', 'track_id'] %}
{% set sums = [
  'plays', 'streams', 'skips', 'ms_played', 'private_plays', 'private_streams', 'private_skips',
] %}
with plays as (
  select * from {{ ref('plays') }}
  {{ only_to_count(adding, 'user_id', [ref('plays'), ref('likes')]) }}
),

fresh as (
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
{%- if adding %}

changed as (  -- noqa: ST03
  select {{ pair_key('user_id', 'track_id') }} as pair_key
  from fresh
  union
  {{ changed_since_built([ref('likes')], pair_key('user_id', 'track_id') ~ ' as pair_key') }}
),
{%- endif %}

counted as (
  {% if adding -%}
  select
    user_id,
    track_id,
    {{ latest('track', 'last_played_at', 'track') }} as track,
    {{ latest('artist', 'last_played_at', 'artist') }} as artist,
    {{ latest('album', 'album_told_at', 'album') }} as album,
    max(album_told_at) as album_told_at,
    {% for column in sums -%}
    {{ sum_where(column) }} as {{ column }},
    {% endfor -%}
    min(first_played_at) as first_played_at,
    max(last_played_at) as last_played_at
  from (
    select * from fresh
    union all
    {{ known_rows(
      keys + ['track', 'artist', 'album', 'album_told_at'] + sums + ['first_played_at', 'last_played_at'],
      ['pair_key'], 'changed'
    ) }}
  ) as rows_to_add
  group by user_id, track_id
  {%- else -%}
  select * from fresh
  {%- endif %}
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
  counted.track,
  counted.artist,
  counted.album,
  counted.album_told_at,
  counted.plays,
  counted.streams,
  counted.skips,
  counted.ms_played,
  counted.private_plays,
  counted.private_streams,
  counted.private_skips,
  coalesce(likes.liked, false) as liked,
  counted.first_played_at,
  counted.last_played_at,
  {{ pair_key('counted.user_id', 'counted.track_id') }} as pair_key,
  {{ newest_silver_version([ref('plays'), ref('likes')]) }} as built_from_version
from counted
left join likes on counted.user_id = likes.user_id and counted.track_id = likes.track_id
