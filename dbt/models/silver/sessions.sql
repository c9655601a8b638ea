{{ config(
    unique_key=['user_id', 'started_at'],
    incremental_strategy='replace_sessions',
    meta={
      'lies_by': ['day'],
      'batches': {'key': 'user_id', 'of': 'plays', 'counts': ['plays'], 'by': 'rows to add'}
    }
) }}
-- Grain: one row per session of a listener. A session ends when nothing plays for longer than the gap.
-- The sessions that new plays belong to are counted anew, so a late play may join two of them. Many new
-- plays are counted in parts (macros/gold/in_batches.sql).
{% set adding = adds_up([ref('plays')]) %}
{% if adding %}
{% set touched = touched_sessions() %}
with touched as (
  {{ touched }}
),

numbered as (
  select
    plays.*,
    touched.started_at as session_number
  from {{ ref('plays') }} as plays
  inner join touched
    on
      plays.user_id = touched.user_id
      and plays.timestamp >= touched.started_at and plays.timestamp <= touched.ended_at
  where {{ in_days_of_sessions(touched) }}
)
{% else %}
with batch as (
  select *
  from {{ ref('plays') }}
  where {{ in_batch('user_id') }}
),

plays as (
  select * from batch
  {{ only_changed('user_id', [ref('plays')]) }}
),

numbered as (
  {{ numbered_by_session('plays', 'user_id') }}
)
{% endif %}
select
  user_id,
  min(timestamp) as started_at,
  max(ended_at) as ended_at,
  {{ utc_date('min(timestamp)') }} as day,
  count(*) as plays,
  {{ count_where('is_stream') }} as streams,
  {{ count_where('skipped') }} as skips,
  {{ sum_where('duration') }} as ms_played,
  count(distinct track_id) as tracks,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from numbered
group by user_id, session_number
