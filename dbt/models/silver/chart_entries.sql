{{ config(unique_key=['period', 'period_start']) }}
-- Grain: one row per period ('day' or 'week'), period_start and track_id, the chart's length a period.
-- Chart days are UTC, chart weeks run Friday to Thursday (Spotify's rules). Private listening is left out.
-- Two counts: streams is every play of 30 s and more, as royalties count; chart_streams takes at most
-- so many a listener, track and day, so that nobody plays a track into the charts alone.
with affected as (
  select distinct
    day,
    {{ chart_week_start('day') }} as week
  from {{ ref('plays') }}
  where
    not is_private
    {% if is_incremental() -%}
    and {{ since_built() }}
    {%- endif %}
),

plays as (
  select *, {{ chart_week_start('day') }} as week
  from {{ ref('plays') }}
  where
    not is_private
    and {{ chart_week_start('day') }} in (select affected.week from affected)
    {% if is_incremental() -%}
    and {{ from_first_changed(ref('plays'), chart_week_start('day')) }}
    {%- endif %}
),

listener_days as (
  select
    day,
    week,
    track_id,
    user_id,
    count(*) as plays,
    {{ count_where('is_stream') }} as streams,
    least({{ count_where('is_stream') }}, {{ var('chart_streams_a_day') }}) as chart_streams,
    {{ count_where('skipped') }} as skips,
    {{ sum_where('duration') }} as ms_played
  from plays
  group by day, week, track_id, user_id
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
    count(distinct user_id) as listeners,
    {{ sum_where('ms_played') }} as ms_played
  from listener_days
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
)

select
  period,
  period_start,
  track_id,
  chart_streams,
  streams,
  plays,
  skips,
  listeners,
  ms_played,
  rank,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from ranked
where rank <= {{ var('chart_length') }}
