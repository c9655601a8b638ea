{{ config(unique_key=['topic', 'event_id']) }}
{% for topic in ['plays', 'skips', 'likes'] %}
select
  '{{ topic }}' as topic,
  event_id,
  reject_code as code,
  case reject_code
    when 'TNA_SILVER_IN_FUTURE' then 'The timestamp is more than one day after the log received the event.'
    when 'TNA_SILVER_TOO_OLD' then 'The timestamp is before 2006, when no source of events existed.'
  end as reason,
  user_id,
  track_id,
  track,
  artist,
  timestamp,
  source,
  is_private,
  _partition,
  _offset,
  _received_at,
  _commit_version,
  _silver_version
from {{ ref('new_' ~ topic) }}
where verdict = 'rejected'
{{ 'union all' if not loop.last }}
{% endfor %}
