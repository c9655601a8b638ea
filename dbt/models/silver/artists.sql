{{ config(unique_key='artist_key') }}
-- Grain: one row per artist_key, the folded name: events carry names, not identifiers.
with plays as (
  select * from {{ ref('plays') }}
  {{ only_changed('artist_key', [ref('plays')]) }}
)

select
  artist_key,
  {{ latest('artist') }} as artist,
  count(distinct track_id) as tracks,
  min(timestamp) as first_played_at,
  max(timestamp) as last_played_at,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from plays
group by artist_key
