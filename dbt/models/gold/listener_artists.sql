{{ config(
    unique_key=['user_id', 'artist_key'],
    incremental_strategy='replace_counted',
    meta={'counts': ['plays', 'likes'], 'recount_by': 'user_id', 'found_by': 'pair_key'}
) }}
-- Grain: one row per user_id and artist_key.
-- New plays are added to their artists; the history is not read again.
{% set adding = adds_up([ref('plays'), ref('likes')]) %}
{% set keys = ['user_id', 'artist_key'] %}
{% set sums = ['plays', 'streams', 'skips', 'ms_played'] %}
with plays as (
  select * from {{ ref('plays') }}
  {{ only_to_count(adding, 'user_id', [ref('plays'), ref('likes')]) }}
),

fresh as (
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
{%- if adding %}

changed as (  -- noqa: ST03
  select {{ pair_key('user_id', 'artist_key') }} as pair_key
  from fresh
  union
  {{ changed_since_built([ref('likes')], pair_key('user_id', 'artist_key') ~ ' as pair_key') }}
),
{%- endif %}

counted as (
  {% if adding -%}
  select
    user_id,
    artist_key,
    {{ latest('artist', 'last_played_at', 'artist') }} as artist,
    {% for column in sums -%}
    {{ sum_where(column) }} as {{ column }},
    {% endfor -%}
    min(first_played_at) as first_played_at,
    max(last_played_at) as last_played_at
  from (
    select * from fresh
    union all
    {{ known_rows(
      keys + ['artist'] + sums + ['first_played_at', 'last_played_at'],
      ['pair_key'], 'changed'
    ) }}
  ) as rows_to_add
  group by user_id, artist_key
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
  {{ pair_key('counted.user_id', 'counted.artist_key') }} as pair_key,
  {{ newest_silver_version([ref('plays'), ref('likes')]) }} as built_from_version
from counted
left join likes on counted.user_id = likes.user_id and counted.artist_key = likes.artist_key
