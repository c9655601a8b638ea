{{ config(severity='warn') }}
-- Nothing plays for longer than a day: the clock or the unit of a source is likely wrong.
select
  event_id,
  user_id,
  track_id,
  timestamp,
  duration,
  source
from {{ ref('plays') }}
where duration > 86400000
