-- No incremental table of gold stayed behind the newest plays: each has rows of the build that brought them.
{% set plays = ref('plays') %}
{% set newest = newest_build(plays, '_silver_version') or 0 if execute else 0 %}
select
  built.relation,
  {{ newest }} as silver_version
from (
  {% for table in [
    'daily_listening_stats', 'listener_track_counts', 'listening_clock', 'listener_artist_counts',
  ] -%}
  select
    '{{ table }}' as relation,
    count(*) as newest_rows
  from {{ ref(table) }}
  where built_from_version >= {{ newest }}
  {{ 'union all' if not loop.last }}
  {% endfor %}
) as built
where built.newest_rows = 0 and {{ newest }} > 0
