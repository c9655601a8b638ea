-- The plays of all listeners and days are the plays of silver.
select gold.plays as gold_plays, silver.plays as silver_plays
from (select coalesce(sum(plays), 0) as plays from {{ ref('daily_listening_stats') }}) as gold
cross join (select count(*) as plays from {{ ref('plays') }}) as silver
where gold.plays <> silver.plays
