{{ config(materialized='table') }}
-- Grain: one row per topic and hour, hours without any event included, up to the last complete hour.
-- Expected: the median of the same hour of the week in the weeks before. Scale: 1.4826 times the median
-- distance from it (the standard deviation, were they normal), at least what chance alone would give
-- (the root of the expected count). Scores beyond the threshold of Iglewicz and Hoaglin are anomalies.
-- Silent ('learning') while fewer weeks than needed are known.
with numbers as (
  {{ numbers(5) }}
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
    {{ add_milliseconds('bounds.first_hour', 'numbers.number * 3600000') }} as hour
  from bounds
  inner join numbers
    on numbers.number < {{ seconds_between('bounds.first_hour', 'bounds.open_hour') }} / 3600
),

volume as (
  select
    hours.topic,
    hours.hour,
    coalesce(counted.events, 0) as actual
  from hours
  left join counted
    on hours.topic = counted.topic and hours.hour = counted.hour
),

weeks_before as (
  select
    volume.topic,
    volume.hour,
    volume.actual,
    earlier.actual as earlier_actual
  from volume
  cross join numbers as weeks
  left join volume as earlier
    on
      volume.topic = earlier.topic
      and volume.hour = {{ add_milliseconds('earlier.hour', '(weeks.number + 1) * 604800000') }}
  where weeks.number < {{ var('anomaly_weeks') }}
),

expected as (
  select
    topic,
    hour,
    actual,
    count(earlier_actual) as weeks,
    median(earlier_actual) as expected
  from weeks_before
  group by topic, hour, actual
),

spread as (
  select
    expected.topic,
    expected.hour,
    median(abs(weeks_before.earlier_actual - expected.expected)) as distance
  from expected
  inner join weeks_before on expected.topic = weeks_before.topic and expected.hour = weeks_before.hour
  group by expected.topic, expected.hour
),

scaled as (
  select
    expected.*,
    greatest(1.4826 * spread.distance, sqrt(greatest(expected.expected, 1))) as scale
  from expected
  inner join spread on expected.topic = spread.topic and expected.hour = spread.hour
),

judged as (
  select
    topic,
    hour,
    actual,
    weeks,
    case when weeks >= {{ var('anomaly_least_weeks') }} then expected end as expected,
    case when weeks >= {{ var('anomaly_least_weeks') }} then scale end as scale,
    case when weeks >= {{ var('anomaly_least_weeks') }} then (actual - expected) / scale end as score
  from scaled
)

select
  topic,
  hour,
  actual,
  cast(expected as double) as expected,
  -- Databases disagree on greatest() of null.
  case
    when expected is not null
      then cast(greatest(expected - {{ var('anomaly_score') }} * scale, 0) as double)
  end as expected_low,
  cast(expected + {{ var('anomaly_score') }} * scale as double) as expected_high,
  cast(score as double) as score,
  weeks,
  case
    when score is null then 'learning'
    when score < -{{ var('anomaly_score') }} then 'low'
    when score > {{ var('anomaly_score') }} then 'high'
    else 'usual'
  end as state
from judged
