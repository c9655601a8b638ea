-- Everyone's hours hold the plays that were not private, on every day, in a refresh on new plays' days.
{% set plays = ref('plays') %}
{% set looked_at = on_days_of_newest_build(plays) %}
with hours as (
  select
    day,
    {{ sum_where('plays') }} as plays,
    {{ sum_where('ms_played') }} as ms_played
  from {{ ref('daily_breakdown') }}
  where kind = 'hour' and {{ looked_at }}
  group by day
),

days as (
  select
    day,
    count(*) as plays,
    {{ sum_where('duration') }} as ms_played
  from {{ plays }}
  where not is_private and {{ looked_at }}
  group by day
)

select
  days.plays,
  hours.plays as plays_by_hour,
  coalesce(days.day, hours.day) as day
from days
full outer join hours on days.day = hours.day
where
  days.plays is distinct from hours.plays
  or days.ms_played is distinct from hours.ms_played
