{{ config(unique_key='day') }}
-- Grain: one row per day and artist_key. Private listening is left out: this is shared.
with plays as (
  select * from {{ ref('plays') }}
  {% if is_incremental() -%}
  where {{ in_changed_days(changed_since_built([ref('plays')], 'day as changed_day')) }}
  {%- endif %}
),

counted as (
  select
    day,
    artist_key,
    {{ latest('artist') }} as artist,
    count(*) as plays,
    {{ count_where('is_stream') }} as streams,
    {{ count_where('skipped') }} as skips,
    count(distinct user_id) as listeners,
    {{ sum_where('duration') }} as ms_played
  from plays
  where not is_private
  group by day, artist_key
)

select
  day,
  artist_key,
  artist,
  plays,
  streams,
  skips,
  listeners,
  ms_played,
  {{ share('skips', 'plays') }} as skip_rate,
  rank() over (partition by day order by streams desc, ms_played desc, artist_key asc) as rank,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from counted
