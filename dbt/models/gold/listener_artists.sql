{{ config(
    unique_key=['user_id', 'artist_key'],
    incremental_strategy='replace_counted',
    meta={
      'counts': ['plays', 'likes'], 'recount_by': 'user_id', 'found_by': ['pair_key', 'pair_check'],
      'batches': {'key': 'user_id', 'of': 'plays', 'counts': ['plays', 'likes'], 'by': 'rows to add'}
    }
) }}
-- Grain: one row per user_id and artist_key.
-- New plays are added to their artists; the history is not read again. Many new plays
-- are added in parts (macros/gold/in_batches.sql).
{% set adding = adds_up([ref('plays'), ref('likes')]) %}
{% set found_by = ['pair_key', 'pair_check'] %}
{% set sums = ['plays', 'streams', 'skips', 'ms_played'] %}
{% set moments = ['first_played_at', 'last_played_at'] %}
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
    max(timestamp) as last_played_at,
    {{ pair_key('user_id', 'artist_key') }} as pair_key,
    {{ pair_check('user_id', 'artist_key') }} as pair_check
  from plays
  group by user_id, artist_key
),
{%- if adding %}{% do must_hold(found_by) %}

changed as (  -- noqa: ST03
  select
    pair_key,
    pair_check
  from fresh
  union
  {{ changed_since_built(
    [ref('likes')],
    pair_key('user_id', 'artist_key') ~ ' as pair_key, ' ~ pair_check('user_id', 'artist_key') ~ ' as pair_check',
    in_batch('user_id')
  ) }}
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
  left join fresh on known.pair_key = fresh.pair_key and known.pair_check = fresh.pair_check
  where coalesce(fresh.last_played_at <= known.last_played_at, true)
),

named as (
  {{ known_rows(found_by + ['user_id', 'artist_key', 'artist'], found_by, 'to_name') }}
),
{%- endif %}

counted as (
  {% if adding -%}
  select
    coalesce(fresh.user_id, named.user_id) as user_id,
    coalesce(fresh.artist_key, named.artist_key) as artist_key,
    {{ newer_of('artist', 'last_played_at') }} as artist,
    {% for column in sums -%}
    coalesce(fresh.{{ column }}, 0) + coalesce(known.{{ column }}, 0) as {{ column }},
    {% endfor -%}
    coalesce(
      least(fresh.first_played_at, known.first_played_at), fresh.first_played_at, known.first_played_at
    ) as first_played_at,
    coalesce(
      greatest(fresh.last_played_at, known.last_played_at), fresh.last_played_at, known.last_played_at
    ) as last_played_at,
    changed.pair_key,
    changed.pair_check
  from changed
  left join fresh on changed.pair_key = fresh.pair_key and changed.pair_check = fresh.pair_check
  left join known on changed.pair_key = known.pair_key and changed.pair_check = known.pair_check
  left join named on changed.pair_key = named.pair_key and changed.pair_check = named.pair_check
  -- Of a like without a play there is no row.
  where fresh.pair_key is not null or known.pair_key is not null
  {%- else -%}
  select * from fresh
  {%- endif %}
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
  counted.artist,
  counted.plays,
  counted.streams,
  counted.skips,
  counted.ms_played,
  coalesce(likes.likes, 0) as likes,
  counted.first_played_at,
  counted.last_played_at,
  counted.pair_key,
  counted.pair_check,
  {{ newest_silver_version([ref('plays'), ref('likes')]) }} as built_from_version
from counted
left join likes on counted.user_id = likes.user_id and counted.artist_key = likes.artist_key
