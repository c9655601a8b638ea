{{ config(materialized='view') }}
-- Grain: one row per event_id: a listener's own history, private listening included and marked.
-- What can be asked of one listener over any period is answered from here. Never read it for everyone.
select
  user_id,
  timestamp,
  day,
  event_id,
  track_id,
  track,
  artist_key,
  artist,
  album,
  genre,
  device,
  duration as ms_played,
  skipped,
  is_stream,
  is_private,
  _silver_version as built_from_version
from {{ ref('plays') }}
