{{ config(
    unique_key=['artist_key', 'track_id'],
    incremental_strategy='replace_counted',
    meta={'counts': ['plays'], 'recount_by': 'artist_key'}
) }}
-- Grain: one row per artist_key and track_id: the tracks that a play has ever credited to an artist.
-- New plays are put beside what is known; the history is not read again.
{% set adding = adds_up([ref('plays')]) %}
with sightings as (
  select
    artist_key,
    track_id,
    artist,
    timestamp as first_played_at,
    timestamp as last_played_at
  from {{ ref('plays') }}
  {{ only_to_count(adding, 'artist_key', [ref('plays')]) }}
),

seen as (
  select * from sightings
  {%- if adding %}
  union all
  select
    artist_key,
    track_id,
    artist,
    first_played_at,
    last_played_at
  from {{ this }}
  where artist_key in (select sightings.artist_key from sightings)
  {%- endif %}
)

select
  artist_key,
  track_id,
  {{ latest('artist', 'last_played_at', 'artist') }} as artist,
  min(first_played_at) as first_played_at,
  max(last_played_at) as last_played_at,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from seen
group by artist_key, track_id
