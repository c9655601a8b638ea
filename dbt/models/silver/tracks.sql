{{ config(
    unique_key='track_id',
    incremental_strategy='replace_counted',
    meta={'counts': ['plays'], 'recount_by': 'track_id'}
) }}
-- Grain: one row per track_id. What new plays tell is put beside what is known; no history is read again.
-- A track is known from its first play on, whatever that tells; album, genre and length come with the first
-- source that knows them.
{% set adding = adds_up([ref('plays')]) %}
{% set told = ['album', 'genre', 'track_duration'] %}
with sightings as (
  select
    track_id,
    track,
    artist,
    {% for column in told -%}
    {{ column }},
    case when {{ column }} is not null then timestamp end as {{ column }}_told_at,
    {% endfor -%}
    timestamp as first_played_at,
    timestamp as last_played_at
  from {{ ref('plays') }}
  {{ only_to_count(adding, 'track_id', [ref('plays')]) }}
),

seen as (
  select * from sightings
  {%- if adding %}
  union all
  select
    track_id,
    track,
    artist,
    {% for column in told -%}
    {{ column }},
    {{ column }}_told_at,
    {% endfor -%}
    first_played_at,
    last_played_at
  from {{ this }}
  where track_id in (select sightings.track_id from sightings)
  {%- endif %}
),

merged as (
  select
    track_id,
    {{ latest('track', 'last_played_at', 'track') }} as track,
    {{ latest('artist', 'last_played_at', 'artist') }} as artist,
    {% for column in told -%}
    {{ latest(column, column ~ '_told_at', column) }} as {{ column }},
    max({{ column }}_told_at) as {{ column }}_told_at,
    {% endfor -%}
    min(first_played_at) as first_played_at,
    max(last_played_at) as last_played_at
  from seen
  group by track_id
)

select
  track_id,
  track,
  artist,
  {{ artist_key('artist') }} as artist_key,
  {% for column in told -%}
  {{ column }},
  {% endfor -%}
  {% for column in told -%}
  {{ column }}_told_at,
  {% endfor -%}
  first_played_at,
  last_played_at,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from merged
