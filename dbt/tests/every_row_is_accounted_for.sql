-- What was read from the lake is in silver, was a duplicate, or was rejected: nothing else.
select
  topic,
  commit_version,
  read,
  stored,
  duplicates,
  rejected
from {{ ref('event_accounting') }}
where read <> stored + duplicates + rejected
