{{ config(
    unique_key='day',
    meta={'batches': {'key': 'day', 'of': 'plays', 'counts': ['plays'], 'by': 'rows'}}
) }}
-- Grain: one row per day and days_known: everyone's listening by how long a listener had known the artist.
-- days_known: days since that listener first played that artist; 31 for longer, and where the first play was
-- private. What is new to a month or to a part of it is a sum of these rows. Private listening is left out:
-- this is shared.
-- A late play before the first one makes later plays of its listener and artist known for longer: their days
-- are counted anew, too. Each play is looked up: a long history in parts (macros/gold/in_batches.sql).
{% set changed = changed_since_built([ref('plays')], 'day as changed_day') %}
{% set found = 'built_from_version > ' ~ built_version() %}
{%- set of_found -%}
select distinct later.day as changed_day
from (
  select * from {{ ref('plays') }}
  where {{ from_first_changed(ref('discovery'), 'day', found) }}
) as later
inner join (
  select * from {{ ref('discovery') }}
  where {{ found }}
) as first_plays
  on later.user_id = first_plays.user_id and later.artist_key = first_plays.artist_key
{%- endset %}
with plays as (
  select *
  from {{ ref('plays') }}
  where
    not is_private
    and {{ in_batch('day') }}
    {% if is_incremental() -%}
    and {{ in_changed_days(changed ~ ' union ' ~ of_found) }}
    {%- endif %}
),

first_plays as (
  select * from {{ ref('discovery') }}
  where not is_private
),

placed as (
  select
    plays.*,
    cast(coalesce(least(plays.day - first_plays.day, 31), 31) as integer) as days_known
  from plays
  left join first_plays
    on plays.user_id = first_plays.user_id and plays.artist_key = first_plays.artist_key
)

select
  day,
  days_known,
  count(*) as plays,
  {{ count_where('is_stream') }} as streams,
  count(distinct user_id) as listeners,
  {{ sum_where('duration') }} as ms_played,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from placed
group by day, days_known
