-- The records counted by hour of receipt are the records read, commit by commit.
with hours as (
  select
    topic,
    commit_version,
    {{ sum_where('events') }} as events
  from {{ ref('hourly_volume') }}
  group by topic, commit_version
)

select
  accounted.topic,
  accounted.commit_version,
  accounted.read,
  hours.events
from {{ ref('event_accounting') }} as accounted
left join hours
  on accounted.topic = hours.topic and accounted.commit_version = hours.commit_version
where accounted.read <> coalesce(hours.events, 0)
