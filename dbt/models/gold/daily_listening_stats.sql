{{ config(unique_key='day') }}
-- Grain: one row per user_id and day (UTC date on which playback began).
-- A listener's own figures include private listening; everyone's are plays - private_plays and so on.
{% set changed -%}
{{ changed_since_built([ref('plays'), ref('likes')], 'day as changed_day') }}
union
-- A late play may join a session that began on the next day to one that began before it.
{{ changed_since_built([ref('plays')], add_days('day', 1) ~ ' as changed_day') }}
{%- endset %}
{% set affected = in_changed_days(changed) if is_incremental() else '1 = 1' %}
with plays as (
  select
    user_id,
    day,
    count(*) as plays,
    {{ count_where('is_stream') }} as streams,
    {{ count_where('skipped') }} as skips,
    {{ sum_where('duration') }} as ms_played,
    count(distinct track_id) as tracks,
    count(distinct artist_key) as artists,
    {{ count_where('is_private') }} as private_plays,
    {{ count_where('is_private and is_stream') }} as private_streams,
    {{ count_where('is_private and skipped') }} as private_skips,
    {{ sum_where('duration', 'is_private') }} as private_ms_played,
    min(timestamp) as first_played_at,
    max(timestamp) as last_played_at
  from {{ ref('plays') }}
  where {{ affected }}
  group by user_id, day
),

sessions as (
  select
    user_id,
    day,
    count(*) as sessions
  from {{ ref('sessions') }}
  where {{ affected }}
  group by user_id, day
),

likes as (
  select
    user_id,
    day,
    {{ count_where('liked') }} as likes
  from {{ ref('likes') }}
  where {{ affected }}
  group by user_id, day
)

select
  coalesce(plays.user_id, likes.user_id) as user_id,
  coalesce(plays.day, likes.day) as day,
  coalesce(plays.plays, 0) as plays,
  coalesce(plays.streams, 0) as streams,
  coalesce(plays.skips, 0) as skips,
  coalesce(plays.ms_played, 0) as ms_played,
  coalesce(plays.tracks, 0) as tracks,
  coalesce(plays.artists, 0) as artists,
  coalesce(sessions.sessions, 0) as sessions,
  coalesce(likes.likes, 0) as likes,
  coalesce(plays.private_plays, 0) as private_plays,
  coalesce(plays.private_streams, 0) as private_streams,
  coalesce(plays.private_skips, 0) as private_skips,
  coalesce(plays.private_ms_played, 0) as private_ms_played,
  plays.first_played_at,
  plays.last_played_at,
  {{ newest_silver_version([ref('plays'), ref('likes')]) }} as built_from_version
from plays
full outer join likes on plays.user_id = likes.user_id and plays.day = likes.day
left join sessions on plays.user_id = sessions.user_id and plays.day = sessions.day
