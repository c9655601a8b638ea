-- The plays of all listeners and days are the plays of silver.
with gold as (
  select coalesce(sum(plays), 0) as plays from {{ ref('daily_listening_stats') }}
),

silver as (
  select count(*) as plays from {{ ref('plays') }}
)

select
  gold.plays as gold_plays,
  silver.plays as silver_plays
from gold
cross join silver
where gold.plays <> silver.plays
