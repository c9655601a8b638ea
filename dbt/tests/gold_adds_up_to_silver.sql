{{ config(tags=['slow']) }}
-- Every table of gold that holds all plays holds as many plays, streams and ms as silver; what is shared
-- holds those that were not private.
{% set tables = [
  'daily_listening_stats', 'listener_tracks', 'listening_clock', 'listener_artists', 'artist_popularity',
  'daily_discovery',
] %}
{% set shared = ['artist_popularity', 'daily_discovery'] %}
with totals as (
  select
    'silver' as relation,
    '' as made_from,
    count(*) as plays,
    {{ count_where('is_stream') }} as streams,
    {{ sum_where('duration') }} as ms_played
  from {{ ref('plays') }}
  union all
  select
    'silver, shared' as relation,
    '' as made_from,
    count(*) as plays,
    {{ count_where('is_stream') }} as streams,
    {{ sum_where('duration') }} as ms_played
  from {{ ref('plays') }}
  where not is_private
  {% for table in tables -%}
  union all
  select
    '{{ table }}' as relation,
    '{{ 'silver, shared' if table in shared else 'silver' }}' as made_from,
    {{ sum_where('plays') }} as plays,
    {{ sum_where('streams') }} as streams,
    {{ sum_where('ms_played') }} as ms_played
  from {{ ref(table) }}
  {% endfor %}
)

select
  gold.relation,
  gold.plays,
  gold.streams,
  gold.ms_played,
  silver.plays as silver_plays,
  silver.streams as silver_streams,
  silver.ms_played as silver_ms_played
from totals as gold
inner join totals as silver
  on gold.made_from = silver.relation
where
  gold.plays <> silver.plays
  or gold.streams <> silver.streams
  or gold.ms_played <> silver.ms_played
