{{ config(materialized='table') }}
-- Grain: one row per period ('day' or 'week'), period_start and track_id, the chart's length a period.
-- The places of silver.chart_entries with their history: as it stood in that period, never later ones.
with placed as (
  select
    *,
    lag(rank) over (partition by period, track_id order by period_start) as earlier_rank,
    lag(period_start) over (partition by period, track_id order by period_start) as earlier_start,
    min(rank) over (
      partition by period, track_id order by period_start rows between unbounded preceding and current row
    ) as peak_rank,
    min(period_start) over (partition by period, track_id) as entered_on,
    row_number() over (partition by period, track_id order by period_start) as periods_on_chart
  from {{ ref('chart_entries') }}
)

select
  placed.period,
  placed.period_start,
  placed.track_id,
  tracks.track,
  tracks.artist,
  placed.chart_streams,
  placed.streams,
  placed.plays,
  placed.skips,
  placed.listeners,
  placed.ms_played,
  {{ share('placed.skips', 'placed.plays') }} as skip_rate,
  placed.rank,
  case
    when
      placed.period_start
      = {{ add_days('placed.earlier_start', "case when placed.period = 'day' then 1 else 7 end") }}
      then placed.earlier_rank
  end as previous_rank,
  placed.peak_rank,
  placed.periods_on_chart,
  placed.entered_on
from placed
left join {{ ref('tracks') }} as tracks on placed.track_id = tracks.track_id
