{{ config(unique_key='user_id') }}
-- Grain: one row per user_id and valid_from. A version ends on the day on which the listener's country
-- is another than before; of several countries on a day the last one counts.
with days as (
  select
    user_id,
    day,
    {{ latest('country') }} as country
  from {{ ref('plays') }}
  {{ only_changed('user_id', [ref('plays')]) }}
  group by user_id, day
),

told as (
  select
    user_id,
    day,
    country,
    row_number() over (partition by user_id, country is null order by day) as place,
    lag(country) over (partition by user_id, country is null order by day) as country_before,
    min(case when country is not null then day end) over (partition by user_id) as first_told
  from days
),

changes as (
  select
    user_id,
    day,
    country
  from told
  where
    (country is not null and (place = 1 or country <> country_before))
    -- Before the first event that tells it, the country is not known.
    or (country is null and place = 1 and (first_told is null or day < first_told))
)

select
  user_id,
  day as valid_from,
  lead(day) over (partition by user_id order by day) as valid_to,
  country,
  row_number() over (partition by user_id order by day desc) = 1 as is_current,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from changes
