{{ config(materialized='table') }}
-- Grain: one row per track_id and similar_track_id: the tracks that go with a track, best first.
-- BM25 over the logarithm of the plays, as src/recommend/item-neighbours.ts has it: tracks are the documents,
-- listeners the words, and a listener of everything says little (Robertson and Zaragoza 2009).
{% set k1 = 0.6 %}
{% set b = 0.75 %}
with today as (
  select max(last_day) as day from {{ ref('listener_taste') }}
),

taste as (
  select
    user_id,
    track_id,
    ln(1 + {{ preference_weight('(select day from today)') }}) as weight
  from {{ ref('listener_taste') }}
),

listeners as (
  select
    user_id,
    count(*) as tracks,
    count(*) over () as listeners
  from taste
  group by user_id
),

tracks as (
  select
    track_id,
    row_number() over (order by track_id) as number,
    {{ count_where('weight > 0') }} as listeners,
    sum(weight) as length
  from taste
  group by track_id
),

catalogue as (
  select
    count(*) as tracks,
    sum(length) / count(*) as mean_length
  from tracks
),

weighed as (
  select
    taste.user_id,
    tracks.number,
    listeners.listeners,
    taste.weight * ({{ k1 }} + 1)
    / ({{ k1 }} * (1 - {{ b }} + {{ b }} * tracks.length / catalogue.mean_length) + taste.weight)
    * greatest(0.0, ln(catalogue.tracks) - ln(1 + listeners.tracks)) as weight,
    -- Pairs grow with the square of a listener's tracks: of a heavy listener the favourites count, and
    -- of many listeners fewer of each, so that all pairs together have a bound.
    row_number() over (
      partition by taste.user_id order by taste.weight desc, taste.track_id asc
    ) as place
  from taste
  inner join tracks on taste.track_id = tracks.track_id
  inner join listeners on taste.user_id = listeners.user_id
  cross join catalogue
  where taste.weight > 0 and tracks.listeners >= 2
),

kept as (
  select
    user_id,
    number,
    weight
  from weighed
  where
    weight > 0
    and place <= least(
      {{ var('similarity_tracks_a_listener') }}, sqrt(2 * {{ var('similarity_pairs') }} / listeners)
    )
),

pairs as (
  select
    one.number,
    other.number as similar_number,
    -- Rounded, so that the order of the addition can't change the order of the tracks.
    round(sum(one.weight * other.weight), 6) as similarity,
    count(*) as listeners
  from kept as one
  inner join kept as other on one.user_id = other.user_id and one.number < other.number
  group by one.number, other.number
),

both_ways as (
  select
    number,
    similar_number,
    similarity,
    listeners
  from pairs
  union all
  select
    similar_number as number,
    number as similar_number,
    similarity,
    listeners
  from pairs
),

ranked as (
  select
    *,
    row_number() over (
      partition by number order by similarity desc, similar_number asc
    ) as rank
  from both_ways
)

select
  tracks.track_id,
  similar_tracks.track_id as similar_track_id,
  ranked.rank,
  ranked.similarity,
  ranked.listeners
from ranked
inner join tracks on ranked.number = tracks.number
inner join tracks as similar_tracks on ranked.similar_number = similar_tracks.number
where ranked.rank <= {{ var('similar_tracks') }}
