{{ config(unique_key='track_id') }}
-- Grain: one row per track_id and valid_from. A version begins when a set of attributes is first seen;
-- one that lacks album, genre or length counts only until the first complete one, so that a source that
-- knows less takes nothing back. Made from the events themselves, not from what a build found: a full
-- refresh gives the same history, in whatever order events arrive.
{% set adding = adds_up([ref('plays')]) %}
{% set attributes = ['track', 'artist', 'album', 'genre', 'track_duration'] %}
with sightings as (
  select
    track_id,
    {{ attributes | join(',\n    ') }},
    min(timestamp) as seen_at
  from {{ ref('plays') }}
  {% if is_incremental() -%}
  {% if adding or not asks_warehouse() -%}
  where {{ since_built() }}
  {% else -%}
  {{ only_changed('track_id', [ref('plays')]) }}
  {% endif -%}
  {% endif -%}
  group by track_id, {{ attributes | join(', ') }}
  {% if is_incremental() and (adding or not asks_warehouse()) -%}
  union all
  select
    track_id,
    {{ attributes | join(',\n    ') }},
    valid_from as seen_at
  from {{ this }}
  where
    track_id in (
      {{ changed_since_built([ref('plays')], 'track_id') }}
    )
  {%- endif %}
),

merged as (
  select
    track_id,
    {{ attributes | join(',\n    ') }},
    album is not null and genre is not null and track_duration is not null as is_complete,
    min(seen_at) as seen_at
  from sightings
  group by track_id, {{ attributes | join(', ') }}
),

complete as (
  select
    track_id,
    min(seen_at) as seen_at
  from merged
  where is_complete
  group by track_id
),

kept as (
  select
    merged.*,
    -- Of two first seen in the same moment one stands; a complete one before others.
    row_number() over (
      partition by merged.track_id, merged.seen_at
      order by
        merged.is_complete desc, merged.track asc, merged.artist asc, merged.album asc,
        merged.genre asc, merged.track_duration asc
    ) as choice
  from merged
  left join complete on merged.track_id = complete.track_id
  where merged.is_complete or complete.seen_at is null or merged.seen_at < complete.seen_at
)

select
  track_id,
  seen_at as valid_from,
  lead(seen_at) over (partition by track_id order by seen_at) as valid_to,
  {{ attributes | join(',\n  ') }},
  row_number() over (partition by track_id order by seen_at desc) = 1 as is_current,
  {{ newest_silver_version([ref('plays')]) }} as built_from_version
from kept
where choice = 1
