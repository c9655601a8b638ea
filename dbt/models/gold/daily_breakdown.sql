{{ config(
    unique_key='day',
    meta={'batches': {'key': 'day', 'of': 'plays', 'counts': ['plays'], 'by': 'rows'}}
) }}
-- Grain: one row per day, kind ('hour', 'device', 'genre', 'album' or 'skipped_at') and item: everyone's
-- listening by parts, where the part is known. Private listening is left out: this is shared.
-- skipped_at: skipped plays by the 5 seconds in which they were skipped, 300 for all later ones.
-- Who listened is counted for each album of each day: a long history in parts (macros/gold/in_batches.sql).
with batch as (
  select *
  from {{ ref('plays') }}
  where {{ in_batch('day') }}
),

plays as (
  select
    *,
    cast({{ utc_hour('timestamp') }} as varchar) as hour,
    artist_key || ' / ' || lower(trim(album)) as album_key,
    case
      when skipped then cast(least(cast(floor(duration / 5000) as bigint) * 5, 300) as varchar)
    end as skipped_at
  from batch
  {{ only_changed('day', [ref('plays')]) }}
)

{% for kind, key, name, artist in [
  ('hour', 'hour', 'min(hour)', 'cast(null as varchar)'),
  ('device', 'device', 'min(device)', 'cast(null as varchar)'),
  ('genre', 'genre', 'min(genre)', 'cast(null as varchar)'),
  ('album', 'album_key', latest('album'), latest('artist')),
  ('skipped_at', 'skipped_at', 'min(skipped_at)', 'cast(null as varchar)'),
] -%}
select
  day,
  '{{ kind }}' as kind,
  {{ key }} as item,
  {{ name }} as name,
  {{ artist }} as artist,
  count(*) as plays,
  {{ count_where('is_stream') }} as streams,
  {{ count_where('skipped') }} as skips,
  count(distinct user_id) as listeners,
  {{ sum_where('duration') }} as ms_played,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from plays
where not is_private and {{ key }} is not null
group by day, {{ key }}
{{ 'union all' if not loop.last }}
{% endfor %}
