{{ config(
    unique_key=['user_id', 'weekday', 'hour'],
    incremental_strategy='replace_counted',
    meta={'counts': ['plays'], 'recount_by': 'user_id'}
) }}
-- Grain: one row per user_id, weekday (ISO, 1 is Monday) and hour, both UTC.
-- New plays are added to their hours; the history is not read again.
{% set adding = adds_up([ref('plays')]) %}
{% set sums = ['plays', 'streams', 'ms_played', 'private_plays', 'private_ms_played'] %}
with plays as (
  select
    *,
    {{ iso_weekday('day') }} as weekday,
    {{ utc_hour('timestamp') }} as hour
  from {{ ref('plays') }}
  {{ only_to_count(adding, 'user_id', [ref('plays')]) }}
),

fresh as (
  select
    user_id,
    weekday,
    hour,
    count(*) as plays,
    {{ count_where('is_stream') }} as streams,
    {{ sum_where('duration') }} as ms_played,
    {{ count_where('is_private') }} as private_plays,
    {{ sum_where('duration', 'is_private') }} as private_ms_played
  from plays
  group by user_id, weekday, hour
),

counted as (
  select * from fresh
  {%- if adding %}
  union all
  {{ known_rows(['user_id', 'weekday', 'hour'] + sums, ['user_id', 'weekday', 'hour'], 'fresh') }}
  where {{ in_hours_of_new_plays('known.hour') }}
  {%- endif %}
)

select
  user_id,
  weekday,
  hour,
  {% for column in sums -%}
  {{ sum_where(column) }} as {{ column }},
  {% endfor -%}
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from counted
group by user_id, weekday, hour
