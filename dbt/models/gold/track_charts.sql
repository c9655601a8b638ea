{{ config(materialized='table') }}
-- Grain: one row per period ('day' or 'week'), period_start and track_id, the chart's length a period.
-- Chart days are UTC, chart weeks run Friday to Thursday (Spotify's rules). Private listening is left out.
with plays as (
  select *, {{ chart_week_start('day') }} as week
  from {{ ref('plays') }}
  where not is_private
),

counted as (
  {% for period, start in [('day', 'day'), ('week', 'week')] -%}
  select
    '{{ period }}' as period,
    {{ start }} as period_start,
    track_id,
    {{ latest('track') }} as track,
    {{ latest('artist') }} as artist,
    count(*) as plays,
    {{ count_where('is_stream') }} as streams,
    {{ count_where('skipped') }} as skips,
    count(distinct user_id) as listeners,
    {{ sum_where('duration') }} as ms_played
  from plays
  group by {{ start }}, track_id
  {{ 'union all' if not loop.last }}
  {% endfor %}
),

ranked as (
  select
    *,
    row_number() over (
      partition by period, period_start order by streams desc, ms_played desc, track_id asc
    ) as rank
  from counted
),

chart as (
  select *
  from ranked
  where rank <= {{ var('chart_length') }}
)

select
  chart.period,
  chart.period_start,
  chart.track_id,
  chart.track,
  chart.artist,
  chart.streams,
  chart.plays,
  chart.skips,
  chart.listeners,
  chart.ms_played,
  {{ share('chart.skips', 'chart.plays') }} as skip_rate,
  chart.rank,
  earlier.rank as previous_rank
from chart
left join chart as earlier
  on
    chart.period = earlier.period
    and chart.track_id = earlier.track_id
    and chart.period_start
    = {{ add_days('earlier.period_start', "case when earlier.period = 'day' then 1 else 7 end") }}
