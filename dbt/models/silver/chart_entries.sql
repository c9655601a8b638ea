{{ config(unique_key=['period', 'period_start']) }}
-- Grain: one row per period ('day' or 'week'), period_start and track_id, the chart's length a period.
-- Chart days are UTC, chart weeks run Friday to Thursday (Spotify's rules). Private listening is left out.
-- Places follow from sums by day. Only a week's listeners are no sum: they are counted for what has a place.
{% set since, of_changed_weeks = 'true', 'true' %}
{% if is_incremental() %}
{% set since = 'built_from_version > ' ~ built_version() %}
{% set of_changed_weeks = from_first_changed(ref('track_days'), chart_week_start('day'), since) %}
{% endif %}
with affected as (
  select distinct
    day,
    {{ chart_week_start('day') }} as week
  from {{ ref('track_days') }}
  where {{ since }}
),

days as (
  select
    *,
    {{ chart_week_start('day') }} as week
  from {{ ref('track_days') }}
  where {{ of_changed_weeks }}
),

counted as (
  {% for period, start in [('day', 'day'), ('week', 'week')] -%}
  select
    '{{ period }}' as period,
    {{ start }} as period_start,
    track_id,
    {{ sum_where('chart_streams') }} as chart_streams,
    {{ sum_where('streams') }} as streams,
    {{ sum_where('plays') }} as plays,
    {{ sum_where('skips') }} as skips,
    max(listeners) as most_listeners,
    {{ sum_where('ms_played') }} as ms_played
  from days
  where {{ start }} in (select affected.{{ start }} from affected)
  group by {{ start }}, track_id
  {{ 'union all' if not loop.last }}
  {% endfor %}
),

ranked as (
  select
    *,
    row_number() over (
      partition by period, period_start
      order by chart_streams desc, streams desc, ms_played desc, track_id asc
    ) as rank
  from counted
),

placed as (
  select * from ranked
  where rank <= {{ var('chart_length') }}
),

plays as (
  select
    user_id,
    track_id,
    {{ chart_week_start('day') }} as week
  from {{ ref('plays') }}
  where not is_private and {{ of_changed_weeks }}
),

week_listeners as (
  select
    placed.period_start,
    placed.track_id,
    count(distinct plays.user_id) as listeners
  from placed
  inner join plays on placed.period_start = plays.week and placed.track_id = plays.track_id
  where placed.period = 'week'
  group by placed.period_start, placed.track_id
)

select
  placed.period,
  placed.period_start,
  placed.track_id,
  placed.chart_streams,
  placed.streams,
  placed.plays,
  placed.skips,
  coalesce(week_listeners.listeners, placed.most_listeners) as listeners,
  placed.ms_played,
  placed.rank,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from placed
left join week_listeners
  on
    placed.period = 'week'
    and placed.period_start = week_listeners.period_start and placed.track_id = week_listeners.track_id
