{{ config(unique_key=['user_id', 'year']) }}
-- Grain: one row per user_id, year, kind ('artist', 'track' or 'genre') and rank, five of each.
-- Plays of 30 s and more, UTC years. Private listening is left out: these cards are shared.
with {% if is_incremental() %}changed as (
  {{ changed_since_built([ref('plays')], 'user_id, cast(extract(year from day) as integer) as year') }}
),

{% endif %}plays as (
  select
    all_plays.*,
    cast(extract(year from all_plays.day) as integer) as year
  from {{ ref('plays') }} as all_plays
  {% if is_incremental() -%}
  inner join changed
    on
      all_plays.user_id = changed.user_id
      and cast(extract(year from all_plays.day) as integer) = changed.year
  where {{ from_first_changed(ref('plays'), "cast(date_trunc('year', day) as date)") }}
  {%- endif %}
),

counted as (
  {% for kind, key, name, artist in [
    ('artist', 'artist_key', latest('artist'), latest('artist')),
    ('track', 'track_id', latest('track'), latest('artist')),
    ('genre', 'genre', 'min(genre)', 'cast(null as varchar)'),
  ] -%}
  select
    user_id,
    year,
    '{{ kind }}' as kind,
    {{ key }} as item,
    {{ name }} as name,
    {{ artist }} as artist,
    count(*) as streams,
    {{ sum_where('duration') }} as ms_played
  from plays
  where is_stream and not is_private and {{ key }} is not null
  group by user_id, year, {{ key }}
  {{ 'union all' if not loop.last }}
  {% endfor %}
),

ranked as (
  select
    *,
    row_number() over (
      partition by user_id, year, kind order by streams desc, ms_played desc, item asc
    ) as rank
  from counted
)

select
  user_id,
  year,
  kind,
  rank,
  item,
  name,
  artist,
  streams,
  ms_played,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from ranked
where rank <= 5
