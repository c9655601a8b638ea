{{ config(materialized='table') }}
-- Grain: one row per topic and hour, hours without any event included, up to the last complete hour.
-- Expected: the median of the same hour of the week in the weeks before, each brought to the level of
-- today: by the median growth of the last seven days over the same days of that week, so that a trend is
-- followed and a bad day is not. Scale: listening comes in sessions, so it spreads wider than chance by a
-- factor that is measured: how far pairs of hours a week apart differed in the weeks before, at about this
-- hour of the day. A score beyond the threshold is an anomaly.
-- Silent ('learning') while fewer weeks than needed are known. Nothing is set for a deployment.
with numbers as (
  {{ numbers(5) }}
),

weeks as (
  select number + 1 as week
  from numbers
  where number < {{ var('anomaly_weeks') }}
),

counted as (
  select
    topic,
    hour,
    {{ sum_where('events') }} as events
  from {{ ref('hourly_volume') }}
  group by topic, hour
),

bounds as (
  select
    topic,
    min(hour) as first_hour,
    (select max(latest.hour) from counted as latest) as open_hour
  from counted
  group by topic
),

hours as (
  select
    bounds.topic,
    numbers.number,
    {{ add_milliseconds('bounds.first_hour', 'numbers.number * 3600000') }} as hour
  from bounds
  inner join numbers
    on numbers.number < {{ seconds_between('bounds.first_hour', 'bounds.open_hour') }} / 3600
),

-- Days and weeks are counted from the topic's first hour.
volume as (
  select
    hours.topic,
    hours.hour,
    hours.number,
    floor(hours.number / 24) as day,
    floor(hours.number / 168) as week,
    hours.number % 24 as hour_of_day,
    coalesce(counted.events, 0) as actual
  from hours
  left join counted
    on hours.topic = counted.topic and hours.hour = counted.hour
),

days as (
  select
    topic,
    day,
    sum(actual) as actual
  from volume
  group by topic, day
),

growth as (
  select
    today.topic,
    today.day,
    weeks.week,
    median(cast(before.actual as double) / earlier.actual) as factor
  from days as today
  cross join weeks
  inner join days as before
    on today.topic = before.topic and before.day between today.day - 7 and today.day - 1
  inner join days as earlier
    on today.topic = earlier.topic and earlier.day = before.day - 7 * weeks.week and earlier.actual > 0
  group by today.topic, today.day, weeks.week
),

weeks_before as (
  select
    volume.topic,
    volume.hour,
    volume.number,
    volume.week,
    volume.hour_of_day,
    volume.actual,
    weeks.week as weeks_ago,
    earlier.actual * coalesce(growth.factor, 1) as earlier_actual
  from volume
  cross join weeks
  left join volume as earlier
    on volume.topic = earlier.topic and earlier.number = volume.number - 168 * weeks.week
  left join growth
    on volume.topic = growth.topic and volume.day = growth.day and weeks.week = growth.week
),

expected as (
  select
    topic,
    hour,
    week,
    hour_of_day,
    actual,
    count(earlier_actual) as weeks,
    median(earlier_actual) as expected
  from weeks_before
  group by topic, hour, week, hour_of_day, actual
),

-- Of variance 1, were every event by itself.
pairs as (
  select
    topic,
    week,
    hour_of_day,
    abs(actual - earlier_actual) / sqrt(greatest(actual + earlier_actual, 1)) as distance
  from weeks_before
  where weeks_ago = 1 and earlier_actual is not null
),

places as (
  select distinct
    topic,
    week,
    hour_of_day
  from volume
),

-- In robust standard deviations of chance: by the middle of the pairs, or by their tail where that is longer.
spread as (
  select
    places.topic,
    places.week,
    places.hour_of_day,
    greatest(
      1.4826 * median(pairs.distance),
      percentile_cont(0.8) within group (order by pairs.distance) / 1.2816,
      1
    ) as factor
  from places
  inner join pairs
    on
      places.topic = pairs.topic
      and pairs.week between places.week - {{ var('anomaly_weeks') }} and places.week - 1
      and (pairs.hour_of_day - places.hour_of_day + 25) % 24 <= 2
  group by places.topic, places.week, places.hour_of_day
),

-- A median of few weeks is uncertain itself: its variance is about pi / 2 of a mean's.
scaled as (
  select
    expected.topic,
    expected.hour,
    expected.actual,
    expected.weeks,
    expected.expected,
    spread.factor * sqrt(greatest(expected.expected, 1) * (1 + 1.57 / expected.weeks)) as scale
  from expected
  inner join spread
    on
      expected.topic = spread.topic
      and expected.week = spread.week
      and expected.hour_of_day = spread.hour_of_day
  where expected.weeks >= {{ var('anomaly_least_weeks') }}
)

select
  expected.topic,
  expected.hour,
  expected.actual,
  cast(scaled.expected as double) as expected,
  -- Databases disagree on greatest() of null.
  case
    when scaled.scale is not null
      then cast(greatest(scaled.expected - {{ var('anomaly_score') }} * scaled.scale, 0) as double)
  end as expected_low,
  cast(scaled.expected + {{ var('anomaly_score') }} * scaled.scale as double) as expected_high,
  cast((scaled.actual - scaled.expected) / scaled.scale as double) as score,
  expected.weeks,
  case
    when scaled.scale is null then 'learning'
    when scaled.actual - scaled.expected < -{{ var('anomaly_score') }} * scaled.scale then 'low'
    when scaled.actual - scaled.expected > {{ var('anomaly_score') }} * scaled.scale then 'high'
    else 'usual'
  end as state
from expected
left join scaled on expected.topic = scaled.topic and expected.hour = scaled.hour
