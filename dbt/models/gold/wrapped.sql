{{ config(unique_key=['user_id', 'year']) }}
-- Grain: one row per user_id and year (UTC). Private listening is left out: this is shared.
-- A late play of an earlier year takes its artist from the new ones of a later year, which is counted again.
-- is_ready: at least 30 plays of 30 s and more, of at least 5 artists, as Spotify asks for its Wrapped.
with {% if is_incremental() %}changed as (
  {{ changed_since_built([ref('plays')], 'user_id, cast(extract(year from day) as integer) as year') }}
),

earliest_changed as (
  select
    user_id,
    min(year) as year
  from changed
  group by user_id
),

affected as (
  select
    user_id,
    year
  from changed
  union
  select
    known.user_id,
    known.year
  from {{ this }} as known
  inner join earliest_changed
    on known.user_id = earliest_changed.user_id and known.year > earliest_changed.year
),

{% endif %}plays as (
  select
    all_plays.*,
    cast(extract(year from all_plays.day) as integer) as year
  from {{ ref('plays') }} as all_plays
  {% if is_incremental() -%}
  inner join affected
    on
      all_plays.user_id = affected.user_id
      and cast(extract(year from all_plays.day) as integer) = affected.year
  where {{ from_first_changed(ref('plays'), "cast(date_trunc('year', day) as date)") }}
  {%- endif %}
),

days as (
  select
    user_id,
    year,
    day,
    {{ sum_where('duration') }} as ms_played,
    row_number() over (
      partition by user_id, year order by {{ sum_where('duration') }} desc, day asc
    ) as place
  from plays
  where not is_private
  group by user_id, year, day
),

counted as (
  select
    user_id,
    year,
    count(*) as plays,
    {{ count_where('is_stream') }} as streams,
    {{ count_where('skipped') }} as skips,
    {{ sum_where('duration') }} as ms_played,
    count(distinct case when is_stream then track_id end) as tracks,
    count(distinct case when is_stream then artist_key end) as artists,
    count(distinct day) as days,
    min(timestamp) as first_played_at,
    {{ earliest('track') }} as first_track,
    {{ earliest('artist') }} as first_artist
  from plays
  where not is_private
  group by user_id, year
),

discovered as (
  select
    user_id,
    cast(extract(year from day) as integer) as year,
    count(*) as new_artists
  from {{ ref('discovery') }}
  where not is_private
  group by user_id, cast(extract(year from day) as integer)
)

select
  counted.user_id,
  counted.year,
  counted.streams >= 30 and counted.artists >= 5 as is_ready,
  counted.plays,
  counted.streams,
  counted.skips,
  counted.ms_played,
  counted.tracks,
  counted.artists,
  coalesce(discovered.new_artists, 0) as new_artists,
  counted.days,
  days.day as busiest_day,
  days.ms_played as busiest_day_ms_played,
  counted.first_played_at,
  counted.first_track,
  counted.first_artist,
  artist.name as top_artist,
  artist.ms_played as top_artist_ms_played,
  track.item as top_track_id,
  track.name as top_track,
  track.artist as top_track_artist,
  track.streams as top_track_streams,
  genre.name as top_genre,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from counted
inner join days on counted.user_id = days.user_id and counted.year = days.year and days.place = 1
left join discovered on counted.user_id = discovered.user_id and counted.year = discovered.year
{% for kind in ['artist', 'track', 'genre'] -%}
left join {{ ref('wrapped_tops') }} as {{ kind }}
  on
    counted.user_id = {{ kind }}.user_id and counted.year = {{ kind }}.year
    and {{ kind }}.kind = '{{ kind }}' and {{ kind }}.rank = 1
{% endfor %}
