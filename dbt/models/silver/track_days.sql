{{ config(unique_key='day') }}
-- Grain: one row per day and track_id, private listening left out: what charts are made of.
-- Two counts: streams is every play of 30 s and more, as royalties count; chart_streams takes at most
-- so many a listener, track and day, so that nobody plays a track into the charts alone.
with listener_days as (
  select
    day,
    track_id,
    user_id,
    count(*) as plays,
    {{ count_where('is_stream') }} as streams,
    least({{ count_where('is_stream') }}, {{ var('chart_streams_a_day') }}) as chart_streams,
    {{ count_where('skipped') }} as skips,
    {{ sum_where('duration') }} as ms_played
  from {{ ref('plays') }}
  where
    not is_private
    {% if is_incremental() -%}
    and {{ in_changed_days(changed_since_built([ref('plays')], 'day as changed_day', 'not is_private')) }}
    {%- endif %}
  group by day, track_id, user_id
)

select
  day,
  track_id,
  {{ sum_where('chart_streams') }} as chart_streams,
  {{ sum_where('streams') }} as streams,
  {{ sum_where('plays') }} as plays,
  {{ sum_where('skips') }} as skips,
  count(*) as listeners,
  {{ sum_where('ms_played') }} as ms_played,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from listener_days
group by day, track_id
