{{ config(
    unique_key=['user_id', 'track_id'],
    incremental_strategy='replace_counted',
    meta={
      'counts': ['plays', 'likes'], 'recount_by': 'user_id', 'found_by': ['pair_key', 'pair_check'],
      'batches': {'key': 'user_id', 'of': 'plays', 'counts': ['plays', 'likes'], 'by': 'rows to add'}
    }
) }}
-- Grain: one row per user_id and track_id.
-- New plays are added to their tracks; the history is not read again. Many new plays
-- are added in parts (macros/gold/in_batches.sql).
{% set adding = adds_up([ref('plays'), ref('likes')]) %}
{% set found_by = ['pair_key', 'pair_check'] %}
{% set sums = [
  'plays', 'streams', 'skips', 'ms_played', 'private_plays', 'private_streams', 'private_skips',
] %}
{% set moments = ['album_told_at', 'first_played_at', 'last_played_at'] %}
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
    max(timestamp) as last_played_at,
    {{ pair_key('user_id', 'track_id') }} as pair_key,
    {{ pair_check('user_id', 'track_id') }} as pair_check
  from plays
  group by user_id, track_id
),
{%- if adding %}{% do must_hold(found_by) %}

changed as (  -- noqa: ST03
  {{ changed_pairs('user_id', 'track_id') }}
),

known as (
  {{ known_rows(found_by + sums + moments, found_by, 'changed') }}
),

-- Texts are read only where the new plays do not tell newer ones.
to_name as (  -- noqa: ST03
  select
    known.pair_key,
    known.pair_check
  from known
  left join fresh on {{ same_pair('known', 'fresh') }}
  where
    coalesce(fresh.last_played_at <= known.last_played_at, true)
    or coalesce(fresh.album_told_at <= known.album_told_at, known.album_told_at is not null)
),

named as (
  {{ known_rows(found_by + ['user_id', 'track_id', 'track', 'artist', 'album'], found_by, 'to_name') }}
),
{%- endif %}

counted as (
  {% if adding -%}
  select
    coalesce(fresh.user_id, named.user_id) as user_id,
    coalesce(fresh.track_id, named.track_id) as track_id,
    {{ newer_of('track', 'last_played_at') }} as track,
    {{ newer_of('artist', 'last_played_at') }} as artist,
    {{ newer_of('album', 'album_told_at') }} as album,
    {{ of_both('greatest', 'album_told_at') }} as album_told_at,
    {% for column in sums -%}
    coalesce(fresh.{{ column }}, 0) + coalesce(known.{{ column }}, 0) as {{ column }},
    {% endfor -%}
    {{ of_both('least', 'first_played_at') }} as first_played_at,
    {{ of_both('greatest', 'last_played_at') }} as last_played_at,
    changed.pair_key,
    changed.pair_check
  from changed
  left join fresh on {{ same_pair('changed', 'fresh') }}
  left join known on {{ same_pair('changed', 'known') }}
  left join named on {{ same_pair('changed', 'named') }}
  -- Of a like without a play there is no row.
  where fresh.pair_key is not null or known.pair_key is not null
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
  counted.pair_key,
  counted.pair_check,
  {{ newest_silver_version([ref('plays'), ref('likes')]) }} as built_from_version
from counted
left join likes on counted.user_id = likes.user_id and counted.track_id = likes.track_id
