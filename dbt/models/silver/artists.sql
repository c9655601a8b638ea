{{ config(unique_key='artist_key') }}
-- Grain: one row per artist_key, the folded name: events carry names, not identifiers.
with tracks as (
  select * from {{ ref('artist_tracks') }}
  {% if is_incremental() -%}
  where
    artist_key in (
      select changed.artist_key from {{ ref('artist_tracks') }} as changed
      where changed.built_from_version > {{ built_version() }}
    )
  {%- endif %}
)

select
  artist_key,
  {{ latest('artist', 'last_played_at', 'artist') }} as artist,
  count(*) as tracks,
  min(first_played_at) as first_played_at,
  max(last_played_at) as last_played_at,
  max(built_from_version) as built_from_version
from tracks
group by artist_key
