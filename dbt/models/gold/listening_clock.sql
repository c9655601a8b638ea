{{ config(unique_key='user_id') }}
-- Grain: one row per user_id, weekday (ISO, 1 is Monday) and hour, both UTC.
-- New plays are added to the hours of their listeners; the history is not read again.
{% set adding = adds_up(ref('plays')) %}
with plays as (
  select
    *,
    {{ iso_weekday('day') }} as weekday,
    {{ utc_hour('timestamp') }} as hour
  from {{ ref('plays') }}
  {% if adding -%}
  where {{ since_built() }}
  {%- else -%}
  {{ only_changed('user_id', [ref('plays')]) }}
  {%- endif %}
),

counted as (
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
  {%- if adding %}
  union all
  select
    user_id,
    weekday,
    hour,
    plays,
    streams,
    ms_played,
    private_plays,
    private_ms_played
  from {{ this }}
  where user_id in (select plays.user_id from plays)
  {%- endif %}
)

select
  user_id,
  weekday,
  hour,
  {% for column in ['plays', 'streams', 'ms_played', 'private_plays', 'private_ms_played'] -%}
  {{ sum_where(column) }} as {{ column }},
  {% endfor -%}
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from counted
group by user_id, weekday, hour
