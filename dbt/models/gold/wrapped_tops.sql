{{ config(unique_key='user_id') }}
-- Grain: one row per user_id, year, kind ('artist', 'track' or 'genre') and rank, five of each.
-- Plays of 30 s and more, UTC years. Private listening is left out: these cards are shared.
with plays as (
  select
    *,
    cast(extract(year from day) as integer) as year
  from {{ ref('plays') }}
  {{ only_changed('user_id', [ref('plays')]) }}
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
