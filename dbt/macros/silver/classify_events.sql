{# Gives each received event its verdict:
     stored     it goes into silver
     duplicate  another copy of the same event_id was received first
     rejected   it cannot be true; it goes into silver.rejects
   Copies of an event are told apart by when they were received, then by their place in the log,
   so every order of arrival ends with the same rows. replaces_version is set where silver holds a
   copy that was received later: the version of the commit which that copy came from. #}
{% macro classify_events(topic, received) -%}
{%- set has_duration = 'duration' in measured_columns(topic) -%}
{%- set stored = stored_in_silver(topic) -%}
{%- set rejects = stored_in_silver('rejects') -%}
with received as (
  select
    *,
    {% if has_duration -%}
    {{ add_milliseconds('timestamp', 'duration') }} as ended_at
    {%- else -%}
    timestamp as ended_at
    {%- endif %}
  from {{ received }}
),

checked as (
  select
    *,
    case
      when timestamp > {{ add_milliseconds('_received_at', 86400000) }} then 'TNA_SILVER_IN_FUTURE'
      when timestamp < cast('2006-01-01 00:00:00+00:00' as timestamptz) then 'TNA_SILVER_TOO_OLD'
    end as reject_code
  from received
),

ranked as (
  select
    *,
    row_number() over (
      partition by event_id, reject_code is null order by _received_at, _partition, _offset
    ) as copy
  from checked
),

known as (
  {% if stored is not none -%}
  select event_id, false as is_reject, _received_at, _partition, _offset, _commit_version
  from {{ stored }}
  where event_id in (select event_id from received)
  {%- else -%}
  select event_id, false as is_reject, _received_at, _partition, _offset, _commit_version
  from received
  where 1 = 0
  {%- endif %}
  {%- if rejects is not none %}
  union all
  select event_id, true as is_reject, _received_at, _partition, _offset, _commit_version
  from {{ rejects }}
  where topic = '{{ topic }}'
  {%- endif %}
),

judged as (
  select
    ranked.*,
    known._commit_version as known_version,
    case
      when ranked.copy > 1 then 'duplicate'
      when
        known.event_id is null
        or ranked._received_at < known._received_at
        or (
          ranked._received_at = known._received_at
          and (
            ranked._partition < known._partition
            or (ranked._partition = known._partition and ranked._offset < known._offset)
          )
        )
        then case when ranked.reject_code is null then 'stored' else 'rejected' end
      -- The same record again, of a commit that a build before this did not finish.
      when
        ranked.reject_code is not null
        and ranked._partition = known._partition
        and ranked._offset = known._offset
        then 'rejected'
      else 'duplicate'
    end as verdict
  from ranked
  left join known
    on ranked.event_id = known.event_id and (ranked.reject_code is not null) = known.is_reject
),

typed as (
  select
    *,
    {{ artist_key('artist') }} as artist_key,
    {{ utc_date('timestamp') }} as day,
    {% if has_duration -%}
    coalesce(duration >= {{ var('stream_ms') }}, false) as is_stream,
    {% endif -%}
    coalesce(private, false) as is_private,
    {{ seconds_between('ended_at', '_received_at') }} > {{ var('late_after_seconds') }} as late,
    cast({{ seconds_between('ended_at', '_received_at') }} as bigint) as lateness_seconds,
    cast({{ next_silver_version() }} as bigint) as _silver_version
  from judged
)

select
  {{ event_columns(topic) }},
  verdict,
  reject_code,
  case when verdict = 'stored' then known_version end as replaces_version
from typed
{%- endmacro %}

{# Rows of an event table of silver among the classified ones. #}
{% macro stored_events(topic, new_events) -%}
select
  {{ event_columns(topic) }}
from {{ new_events }}
where verdict = 'stored'
{%- endmacro %}
