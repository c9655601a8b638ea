{{ config(
    unique_key='user_id',
    incremental_strategy='replace_counted',
    meta={'counts': ['plays'], 'recount_by': 'user_id'}
) }}
-- Grain: one row per user_id. New plays are added to what is known; the history is not read again.
{% set adding = adds_up([ref('plays')]) %}
with fresh as (
  select
    user_id,
    {{ latest('country', tie='country') }} as country,
    max(case when country is not null then timestamp end) as country_told_at,
    count(*) as plays,
    min(timestamp) as first_played_at,
    max(timestamp) as last_played_at
  from {{ ref('plays') }}
  {{ only_to_count(adding, 'user_id', [ref('plays')]) }}
  group by user_id
),

counted as (
  select * from fresh
  {%- if adding %}
  union all
  {{ known_rows(
    ['user_id', 'country', 'country_told_at', 'plays', 'first_played_at', 'last_played_at'], ['user_id'], 'fresh'
  ) }}
  {%- endif %}
)

select
  user_id,
  {{ latest('country', 'country_told_at', 'country') }} as country,
  max(country_told_at) as country_told_at,
  {{ sum_where('plays') }} as plays,
  min(first_played_at) as first_played_at,
  max(last_played_at) as last_played_at,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from counted
group by user_id
