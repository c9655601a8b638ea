{{ config(unique_key='user_id') }}
-- Grain: one row per user_id.
with plays as (
  select * from {{ ref('plays') }}
  {{ only_changed('user_id', [ref('plays')]) }}
)

select
  user_id,
  {{ latest('country') }} as country,
  count(*) as plays,
  min(timestamp) as first_played_at,
  max(timestamp) as last_played_at,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from plays
group by user_id
