{{ config(unique_key='day') }}
-- Grain: one row per day and minutes_from: everyone's sessions by length, private listening left out.
-- Sessions are counted within their UTC day: one over midnight counts on both days.
with plays as (
  select * from {{ ref('plays') }}
  {{ only_changed('day', [ref('plays')]) }}
),

previous as (
  select
    *,
    max(ended_at) over (
      partition by user_id, day order by timestamp, event_id
      rows between unbounded preceding and 1 preceding
    ) as busy_until
  from plays
  where not is_private
),

numbered as (
  select
    *,
    sum(case
      when busy_until is null then 1
      when {{ seconds_between('busy_until', 'timestamp') }} > {{ var('session_gap_minutes') }} * 60 then 1
      else 0
    end) over (
      partition by user_id, day order by timestamp, event_id rows between unbounded preceding and current row
    ) as session_number
  from previous
),

sessions as (
  select
    user_id,
    day,
    {{ seconds_between('min(timestamp)', 'max(ended_at)') }} / 60.0 as minutes,
    count(*) as plays,
    {{ sum_where('duration') }} as ms_played
  from numbered
  group by user_id, day, session_number
),

placed as (
  select
    *,
    cast(case
      {% for minutes in [240, 120, 60, 30, 15, 5] -%}
      when minutes >= {{ minutes }} then {{ minutes }}
      {% endfor -%}
      else 0
    end as integer) as minutes_from
  from sessions
)

select
  day,
  minutes_from,
  count(*) as sessions,
  {{ sum_where('plays') }} as plays,
  count(distinct user_id) as listeners,
  {{ sum_where('ms_played') }} as ms_played,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from placed
group by day, minutes_from
