{{ config(unique_key='user_id') }}
{% set counts = ref('listener_artist_counts') %}
-- Grain: one row per user_id and artist_key.
-- affinity = share of the listener's streams that are of the artist, times 1 - half the skip rate.
-- One play changes the share of every artist of its listener, so this waits for a complete build; counts that
-- are as new as the plays are in listener_artists.
with counted as (
  select * from {{ ref('listener_artists') }}
  {% if is_incremental() -%}
  where
    user_id in (
      select changed.user_id from {{ counts }} as changed
      where changed.built_from_version > {{ built_version() }}
    )
  {%- endif %}
),

weighed as (
  select
    counted.*,
    {{ share('skips', 'plays') }} as skip_rate,
    {{ share('streams', 'sum(streams) over (partition by user_id)') }}
    * (1 - {{ share('skips', 'plays') }} / 2) as affinity
  from counted
),

ranked as (
  select
    *,
    row_number() over (
      partition by user_id order by affinity desc, ms_played desc, artist_key asc
    ) as rank
  from weighed
)

select
  user_id,
  artist_key,
  artist,
  plays,
  streams,
  skips,
  skip_rate,
  ms_played,
  likes,
  affinity,
  rank,
  first_played_at,
  last_played_at,
  built_from_version
from ranked
