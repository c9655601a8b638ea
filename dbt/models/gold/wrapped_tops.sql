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

shared as (
  select * from plays
  where is_stream and not is_private
),

counted as (
  {% for kind, key in [('artist', 'artist_key'), ('track', 'track_id'), ('genre', 'genre')] -%}
  select
    user_id,
    year,
    '{{ kind }}' as kind,
    {{ key }} as item,
    count(*) as streams,
    {{ sum_where('duration') }} as ms_played
  from shared
  where {{ key }} is not null
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
),

tops as (
  select * from ranked
  where rank <= 5
),

-- Of what is shown alone: names of all that was played would take more memory than the counts.
named as (
  {% for kind, key, name in [('artist', 'artist_key', 'artist'), ('track', 'track_id', 'track')] -%}
  select
    tops.user_id,
    tops.year,
    tops.kind,
    tops.item,
    {{ latest('shared.' ~ name, 'shared.timestamp', 'shared.event_id') }} as name,
    {{ latest('shared.artist', 'shared.timestamp', 'shared.event_id') }} as artist
  from shared
  inner join tops
    on shared.user_id = tops.user_id and shared.year = tops.year and shared.{{ key }} = tops.item
  where tops.kind = '{{ kind }}'
  group by tops.user_id, tops.year, tops.kind, tops.item
  {{ 'union all' if not loop.last }}
  {% endfor %}
)

select
  tops.user_id,
  tops.year,
  tops.kind,
  tops.rank,
  tops.item,
  coalesce(named.name, tops.item) as name,
  named.artist,
  tops.streams,
  tops.ms_played,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from tops
left join named
  on
    tops.user_id = named.user_id and tops.year = named.year
    and tops.kind = named.kind and tops.item = named.item
