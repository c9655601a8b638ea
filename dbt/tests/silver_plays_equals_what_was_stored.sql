-- Rows of silver.plays = rows ever stored, less those that an earlier received copy has replaced.
select counted.silver_rows, accounted.accounted_rows
from (select count(*) as silver_rows from {{ ref('plays') }}) as counted
cross join (
  select coalesce(sum(stored - replaced), 0) as accounted_rows
  from {{ ref('event_accounting') }}
  where topic = 'plays'
) as accounted
where counted.silver_rows <> accounted.accounted_rows
