{{ config(unique_key='day') }}
-- Grain: one row per day and minutes_from: everyone's sessions by length, private listening left out.
-- Sessions are counted within their UTC day: one over midnight counts on both days.
with plays as (
  select * from {{ ref('plays') }}
  {{ only_changed('day', [ref('plays')]) }}
),

shared as (
  select * from plays
  where not is_private
),

numbered as (
  {{ numbered_by_session('shared', 'user_id, day') }}
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
