{{ config(unique_key=['topic', 'commit_version']) }}
-- Grain: one row per topic, commit_version and hour (UTC hour in which the log received the records).
-- Every record counts, copies and rejects too: this is what came, not what it was worth.
-- By commit, so that reading a commit again counts nothing twice.
{% for topic in ['plays', 'skips', 'likes'] %}
select
  '{{ topic }}' as topic,
  _commit_version as commit_version,
  date_trunc('hour', _received_at) as hour,
  count(*) as events,
  {{ count_where('late') }} as late_events,
  max(_silver_version) as _silver_version
from {{ ref('new_' ~ topic) }}
group by _commit_version, date_trunc('hour', _received_at)
{{ 'union all' if not loop.last }}
{% endfor %}
