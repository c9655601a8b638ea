{{ config(unique_key='user_id') }}
-- Grain: one row per user_id, weekday (ISO, 1 is Monday) and hour, both UTC.
with plays as (
  select
    *,
    {{ iso_weekday('day') }} as weekday,
    {{ utc_hour('timestamp') }} as hour
  from {{ ref('plays') }}
  {{ only_changed('user_id', [ref('plays')]) }}
)

select
  user_id,
  weekday,
  hour,
  count(*) as plays,
  {{ count_where('is_stream') }} as streams,
  {{ sum_where('duration') }} as ms_played,
  {{ count_where('is_private') }} as private_plays,
  {{ sum_where('duration', 'is_private') }} as private_ms_played,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from plays
group by user_id, weekday, hour
