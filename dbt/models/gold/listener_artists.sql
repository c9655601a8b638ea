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
  {{ changed_pairs('user_id', 'artist_key') }}
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
