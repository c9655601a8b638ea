{# Gives each received event its verdict:
     stored     it goes into silver
     duplicate  another copy of the same event_id was received first
     rejected   it cannot be true; it goes into silver.rejects
   Copies of an event are told apart by when they were received, then by their place in the log,
   so every order of arrival ends with the same rows. replaces_version is set where silver holds a
   copy that was received later: the version of the commit which that copy came from. A copy that says
   the same keeps the build of silver in which the event came: nothing is built again for it. moved is true
   where it says another listener, track, artist or day: what was made of the other one has to go.
   anew: as if silver were empty, every row marked as rewritten: what a backfill puts into its range. #}
{% macro classify_events(topic, received, anew=false) -%}
{%- set has_duration = 'duration' in measured_columns(topic) -%}
{%- set stored = none if anew else stored_in_silver(topic) -%}
{%- set rejects = none if anew else stored_in_silver('rejects') -%}
{%- set content = [
  'user_id', 'track_id', 'track', 'artist', 'album', 'genre', 'timestamp', 'country', 'track_duration', 'device',
] + (['duration', 'skipped'] if has_duration else ['liked']) -%}
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
      when timestamp < cast('2006-01-01 00:00:00+00:00' as timestamp with time zone) then 'TNA_SILVER_TOO_OLD'
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
  select
    event_id,
    false as is_reject,
    _received_at,
    _partition,
    _offset,
    _commit_version,
    user_id,
    track_id,
    artist_key,
    day,
    is_private
  from {{ stored }}
  where event_id in (select event_id from received)
  {%- else -%}
  select
    event_id,
    false as is_reject,
    _received_at,
    _partition,
    _offset,
    _commit_version,
    user_id,
    track_id,
    artist as artist_key,
    {{ utc_date('timestamp') }} as day,
    private as is_private
  from received
  where 1 = 0
  {%- endif %}
  {%- if rejects is not none %}
  union all
  select
    event_id,
    true as is_reject,
    _received_at,
    _partition,
    _offset,
    _commit_version,
    null as user_id,
    null as track_id,
    null as artist_key,
    null as day,
    null as is_private
  from {{ rejects }}
  where topic = '{{ topic }}' and event_id in (select event_id from received)
  {%- endif %}
),

-- Stored copies that say the same as the new one.
same as (
  {% if stored is not none -%}
  select
    ranked.event_id,
    stored._silver_version,
    stored._rewritten
  from (select * from {{ stored }}) as stored
  inner join ranked on stored.event_id = ranked.event_id and ranked.copy = 1
  where
    coalesce(ranked.private, false) = stored.is_private
    {% for column in content -%}
    and ranked.{{ column }} is not distinct from stored.{{ column }}
    {% endfor %}
  {%- else -%}
  select event_id, cast(null as bigint) as _silver_version, cast(null as boolean) as _rewritten
  from received
  where 1 = 0
  {%- endif %}
),

judged as (
  select
    ranked.*,
    known._commit_version as known_version,
    known.user_id as known_user_id,
    known.track_id as known_track_id,
    known.artist_key as known_artist_key,
    known.day as known_day,
    known.is_private as known_private,
    same._silver_version as same_version,
    coalesce(same._rewritten, {{ 'true' if anew else 'known.event_id is not null' }}) as _rewritten,
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
  left join same on ranked.event_id = same.event_id and known.event_id is not null and not known.is_reject
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
    coalesce(same_version, cast({{ next_silver_version() }} as bigint)) as _silver_version
  from judged
)

select
  {{ event_columns(topic) }},
  verdict,
  reject_code,
  case when verdict = 'stored' then known_version end as replaces_version,
  verdict = 'stored' and known_version is not null and (
    user_id is distinct from known_user_id
    or track_id is distinct from known_track_id
    or artist_key is distinct from known_artist_key
    or day is distinct from known_day
    or is_private is distinct from known_private
  ) as moved
from typed
{%- endmacro %}

{# Rows of an event table of silver among the classified ones. In a backfill its range is taken from the
   lake as a whole, the new rows in it included. #}
{% macro stored_events(topic, new_events) -%}
select
  {{ event_columns(topic) }}
from {{ new_events }}
where verdict = 'stored'
{%- if is_incremental() and var('backfill_from') %}
and not ({{ in_backfill('timestamp') }})
union all
select
  {{ event_columns(topic) }}
from ({{ classify_events(topic, '(' ~ events_of_backfill(topic) ~ ') as lake', anew=true) }}) as anew
where
  verdict = 'stored'
  -- Of copies that disagree on the moment, silver may hold another one outside.
  and event_id not in (
    select outside.event_id from {{ this }} as outside where not ({{ in_backfill('outside.timestamp') }})
  )
{%- endif %}
{%- endmacro %}
