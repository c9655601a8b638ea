{{ config(tags=['slow'], severity='warn') }}
-- The last 24 complete hours are within the usual band of their hour of the week.
with newest as (
  select max(hour) as hour from {{ ref('volume_anomalies') }}
)

select
  volume.topic,
  volume.hour,
  volume.actual,
  volume.expected_low,
  volume.expected_high,
  volume.score,
  volume.state
from {{ ref('volume_anomalies') }} as volume
cross join newest
where
  volume.state in ('low', 'high')
  and {{ seconds_between('volume.hour', 'newest.hour') }} < 86400
