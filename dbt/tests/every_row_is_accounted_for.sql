-- What was read from the lake is in silver, was a duplicate, or was rejected: nothing else.
select *
from {{ ref('event_accounting') }}
where read <> stored + duplicates + rejected
