{{ config(unique_key=['topic', 'commit_version']) }}
-- After the others that are made by commit: one that is accounted for and brought no row to store
-- counts as taken in.
-- depends_on: {{ ref('hourly_volume') }}
-- depends_on: {{ ref('rejects') }}
{% for topic in ['plays', 'skips', 'likes'] %}
select
  '{{ topic }}' as topic,
  _commit_version as commit_version,
  count(*) as read,
  {{ count_where("verdict = 'stored'") }} as stored,
  {{ count_where("verdict = 'duplicate'") }} as duplicates,
  {{ count_where("verdict = 'rejected'") }} as rejected,
  {{ count_where('replaces_version is not null') }} as replaced,
  {{ count_where('moved') }} as moved,
  max(_silver_version) as _silver_version
from {{ ref('new_' ~ topic) }}
group by _commit_version
{{ 'union all' if not loop.last }}
{% endfor %}
