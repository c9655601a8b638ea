-- No incremental table of gold stayed behind the newest plays: each has rows of the build that brought them.
with newest as (
  select coalesce(max(_silver_version), 0) as version from {{ ref('plays') }}
)

select
  built.relation,
  newest.version as silver_version
from (
  {% for table in [
    'daily_listening_stats', 'listener_track_counts', 'listening_clock', 'listener_artist_counts',
  ] -%}
  select
    '{{ table }}' as relation,
    count(*) as newest_rows
  from {{ ref(table) }}
  where built_from_version >= (select newest.version from newest)
  {{ 'union all' if not loop.last }}
  {% endfor %}
) as built
cross join newest
where built.newest_rows = 0 and newest.version > 0
