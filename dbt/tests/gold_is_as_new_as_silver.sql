-- No incremental table of gold stayed behind the newest plays.
with newest as (
  select coalesce(max(_silver_version), 0) as version from {{ ref('plays') }}
)

select
  built.relation,
  built.version,
  newest.version as silver_version
from (
  {% for table in ['daily_listening_stats', 'listener_tracks', 'listening_clock', 'listener_artists'] -%}
  select
    '{{ table }}' as relation,
    coalesce(max(built_from_version), 0) as version
  from {{ ref(table) }}
  {{ 'union all' if not loop.last }}
  {% endfor %}
) as built
cross join newest
where built.version < newest.version
