{{ config(materialized='table') }}
-- Grain: one row per topic and hour, hours without any event included, up to the last complete hour.
-- Counts are compared by their roots, whose spread does not grow with them.
-- Expected: the median of the same hour of the week in the weeks before, each brought to the level of
-- today: by the median growth of the last seven days over the same days of that week, so that a trend is
-- followed and a bad day is not. What the hour before had too much or too little lasts in part, since
-- sessions last over hours: that share is measured, and a bad hour before counts little.
-- Scale: listening comes in sessions, so it spreads wider than chance by a factor that is measured: how far
-- pairs of hours a week apart differed in the weeks before, at about this hour of the day, pairs far beyond
-- the others left out. A score beyond the threshold is an anomaly.
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
    number,
    week,
    hour_of_day,
    actual,
    count(earlier_actual) as weeks,
    median(earlier_actual) as expected
  from weeks_before
  group by topic, hour, number, week, hour_of_day, actual
),

-- Of variance 1, were every event by itself.
pairs as (
  select
    topic,
    number,
    week,
    hour_of_day,
    sqrt(2) * ({{ steady_root('actual') }} - {{ steady_root('earlier_actual') }}) as distance
  from weeks_before
  where weeks_ago = 1 and earlier_actual is not null
),

neighbours as (
  select
    topic,
    week,
    hour_of_day,
    distance,
    coalesce(lag(distance) over (partition by topic order by number), 0) as distance_before
  from pairs
),

places as (
  select distinct
    topic,
    week,
    hour_of_day
  from volume
),

topic_weeks as (
  select distinct
    topic,
    week
  from volume
),

-- How much of an hour's distance lasts into the next one, from how often both have the same sign; and a limit
-- for what an hour may hand on.
persistence as (
  select
    topic_weeks.topic,
    topic_weeks.week,
    greatest(sin(pi() / 2 * avg(sign(neighbours.distance) * sign(neighbours.distance_before))), 0) as share,
    2 * 1.4826 * median(abs(neighbours.distance)) as most
  from topic_weeks
  inner join neighbours
    on
      topic_weeks.topic = neighbours.topic
      and neighbours.week between topic_weeks.week - {{ var('anomaly_weeks') }} and topic_weeks.week - 1
  group by topic_weeks.topic, topic_weeks.week
),

nearby as (
  select
    places.topic,
    places.week,
    places.hour_of_day,
    abs(
      neighbours.distance
      - persistence.share
      * greatest(least(neighbours.distance_before, persistence.most), -persistence.most)
    ) as distance
  from places
  inner join persistence
    on places.topic = persistence.topic and places.week = persistence.week
  inner join neighbours
    on
      places.topic = neighbours.topic
      and neighbours.week between places.week - {{ var('anomaly_weeks') }} and places.week - 1
      and (neighbours.hour_of_day - places.hour_of_day + 25) % 24 <= 2
),

judged as (
  select
    topic,
    week,
    hour_of_day,
    distance,
    median(distance) over (partition by topic, week, hour_of_day) as middle
  from nearby
),

-- In robust standard deviations of chance: by the middle of the pairs, or by their tail where that is longer.
spread as (
  select
    topic,
    week,
    hour_of_day,
    greatest(
      1.4826 * median(distance),
      percentile_cont(0.8) within group (order by distance) / 1.2816,
      1
    ) as factor
  from judged
  where distance <= 6 * greatest(middle, 1)
  group by topic, week, hour_of_day
),

differences as (
  select
    topic,
    number,
    2 * ({{ steady_root('actual') }} - {{ steady_root('expected') }}) as difference
  from expected
),

-- A median of few weeks is uncertain itself: its variance is about pi / 2 of a mean's.
scaled as (
  select
    expected.topic,
    expected.hour,
    expected.actual,
    {{ steady_root('expected.expected') }}
    + persistence.share
    * greatest(least(coalesce(differences.difference, 0), persistence.most), -persistence.most) / 2 as root,
    spread.factor * sqrt(1 + 1.57 / expected.weeks) as scale
  from expected
  inner join persistence
    on expected.topic = persistence.topic and expected.week = persistence.week
  inner join spread
    on
      expected.topic = spread.topic
      and expected.week = spread.week
      and expected.hour_of_day = spread.hour_of_day
  left join differences
    on expected.topic = differences.topic and differences.number = expected.number - 1
  where expected.weeks >= {{ var('anomaly_least_weeks') }}
),

levels as (
  select
    topic,
    hour,
    actual,
    root,
    scale,
    {{ from_steady_root('root') }} as expected
  from scaled
),

-- The score that half of the hour would have tells how far usual hours may come: where it is small, as in
-- small deployments, hours are judged as strictly as chance allows; where it is large, nothing is missed
-- by waiting for more.
limits as (
  select
    topic,
    hour,
    actual,
    root,
    scale,
    expected,
    least(greatest(
      2 * (root - {{ steady_root('expected / 2') }}) / scale - {{ var('anomaly_margin') }},
      {{ var('anomaly_least_score') }}
    ), {{ var('anomaly_score') }}) as threshold
  from levels
),

bands as (
  select
    topic,
    hour,
    expected,
    threshold,
    2 * ({{ steady_root('actual') }} - root) / scale as score,
    {{ from_steady_root('root - threshold * scale / 2') }} as expected_low,
    {{ from_steady_root('root + threshold * scale / 2') }} as expected_high
  from limits
)

select
  expected.topic,
  expected.hour,
  expected.actual,
  cast(bands.expected as double) as expected,
  cast(bands.expected_low as double) as expected_low,
  cast(bands.expected_high as double) as expected_high,
  cast(bands.score as double) as score,
  expected.weeks,
  case
    when bands.score is null then 'learning'
    when bands.score < -bands.threshold then 'low'
    when bands.score > bands.threshold then 'high'
    else 'usual'
  end as state
from expected
left join bands on expected.topic = bands.topic and expected.hour = bands.hour
