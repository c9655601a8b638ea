{{ config(unique_key=['user_id', 'artist_key']) }}
-- Grain: one row per user_id and artist_key: the first play ever. A late play that is earlier than the
-- one known takes its place. Only pairs of new plays are looked at, and only those that change written.
with plays as (
  select
    *,
    row_number() over (partition by user_id, artist_key order by timestamp, event_id) as place
  from {{ ref('plays') }}
  {% if is_incremental() -%}
  where {{ since_built() }}
  {%- endif %}
),

heard as (
  select
    *,
    timestamp as first_played_at
  from plays
  where place = 1
)

select
  heard.user_id,
  heard.artist_key,
  {{ utc_date('heard.first_played_at') }} as day,
  heard.first_played_at,
  heard.artist,
  heard.track_id,
  heard.track,
  heard.event_id,
  heard.is_private,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from heard
{% if is_incremental() -%}
left join {{ this }} as known on heard.user_id = known.user_id and heard.artist_key = known.artist_key
where
  known.user_id is null
  or heard.first_played_at < known.first_played_at
  or (heard.first_played_at = known.first_played_at and heard.event_id <= known.event_id)
{%- endif %}
