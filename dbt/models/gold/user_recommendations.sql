{{ config(
    unique_key='user_id',
    meta={'batches': {'key': 'user_id', 'of': 'listener_taste', 'counts': ['plays', 'likes']}}
) }}
-- Grain: one row per user_id and rank. What a listener may like and has never played: the tracks that go
-- with theirs, at most a few of one artist, none of an artist of whom they dislike everything; popular
-- tracks of their genres where that is not enough. Only listeners with new plays or likes are computed again,
-- so many at a time (macros/gold/in_batches.sql).
with today as (
  select max(last_day) as day from {{ ref('listener_taste') }}
),

all_taste as (
  select *
  from {{ ref('listener_taste') }}
  where {{ in_batch('user_id') }}
),

taste as (
  select
    user_id,
    track_id,
    artist_key,
    streams,
    {{ is_disliked() }} as is_disliked,
    {{ preference_weight('(select day from today)') }} as weight
  from all_taste
  {{ only_changed('user_id', [ref('plays'), ref('likes')]) }}
),

-- Numbers in place of names, in the order of the names: scores and reasons come out of millions of pairs.
numbers as (
  select
    track_id,
    row_number() over (order by track_id) as number
  from {{ ref('tracks') }}
),

listeners as (
  select
    user_id,
    row_number() over (order by user_id) as listener
  from taste
  group by user_id
),

heard as (
  select
    listeners.listener,
    numbers.number
  from taste
  inner join listeners on taste.user_id = listeners.user_id
  inner join numbers on taste.track_id = numbers.track_id
),

alike as (
  select
    one.number,
    other.number as similar_number,
    pairs.similarity
  from {{ ref('track_similarity') }} as pairs
  inner join numbers as one on pairs.track_id = one.track_id
  inner join numbers as other on pairs.similar_track_id = other.track_id
),

favourites as (
  select
    user_id,
    track_id,
    row_number() over (partition by user_id order by weight desc, track_id asc) as place
  from taste
  where weight > 0
),

seeds as (
  select
    listeners.listener,
    numbers.number,
    count(*) over (partition by listeners.listener) as known_tracks
  from favourites
  inner join listeners on favourites.user_id = listeners.user_id
  inner join numbers on favourites.track_id = numbers.track_id
  where favourites.place <= {{ var('recommendation_seeds') }}
),

disliked_artists as (
  select
    user_id,
    artist_key
  from taste
  group by user_id, artist_key
  having count(*) > 1 and {{ count_where('is_disliked') }} = count(*)
),

-- Of the listeners' artists: how much of the streams is theirs.
artist_shares as (
  select
    user_id,
    artist_key,
    sum(streams) as streams,
    {{ share('sum(streams)', 'sum(sum(streams)) over (partition by user_id)') }} as share
  from taste
  group by user_id, artist_key
),

scores as (
  select
    seeds.listener,
    alike.similar_number as number,
    round(sum(alike.similarity), 6) as score
  from seeds
  inner join alike on seeds.number = alike.number
  where seeds.known_tracks >= 3
  group by seeds.listener, alike.similar_number
),

new_to_them as (
  select
    scores.*,
    row_number() over (
      partition by scores.listener order by scores.score desc, scores.number asc
    ) as place
  from scores
  left join heard on scores.listener = heard.listener and scores.number = heard.number
  where heard.number is null
),

unheard as (
  select
    listeners.user_id,
    numbers.track_id,
    new_to_them.score,
    new_to_them.place
  from new_to_them
  inner join listeners on new_to_them.listener = listeners.listener
  inner join numbers on new_to_them.number = numbers.number
  where new_to_them.place <= 4 * {{ var('recommended_tracks') }}
),

catalogue as (
  select * from {{ ref('track_catalogue') }}
),

short_lists as (
  select taste.user_id
  from taste
  left join unheard
    on taste.user_id = unheard.user_id and unheard.place = {{ var('recommended_tracks') }}
  where unheard.user_id is null
  group by taste.user_id
),

genre_shares as (
  select
    taste.user_id,
    tracks.genre,
    {{ share('sum(taste.streams)', 'sum(sum(taste.streams)) over (partition by taste.user_id)') }} as share
  from taste
  inner join {{ ref('tracks') }} as tracks on taste.track_id = tracks.track_id
  where tracks.genre is not null and not taste.is_disliked
  group by taste.user_id, tracks.genre
),

popular as (
  select
    short_lists.user_id,
    catalogue.track_id,
    round(ln(1 + catalogue.listeners) + 4 * coalesce(genre_shares.share, 0), 6) as score
  from short_lists
  inner join catalogue on catalogue.place <= 500
  left join genre_shares
    on short_lists.user_id = genre_shares.user_id and catalogue.genre = genre_shares.genre
  left join taste
    on short_lists.user_id = taste.user_id and catalogue.track_id = taste.track_id
  left join unheard
    on short_lists.user_id = unheard.user_id and catalogue.track_id = unheard.track_id
  where taste.track_id is null and unheard.track_id is null
),

candidates as (
  select
    user_id,
    track_id,
    'taste' as source,
    score
  from unheard
  union all
  select
    user_id,
    track_id,
    'popular' as source,
    score
  from popular
),

-- 'taste' comes before 'popular': the order of the sources is the order of the letters, backwards.
capped as (
  select
    candidates.*,
    row_number() over (
      partition by candidates.user_id, catalogue.artist_key
      order by candidates.source desc, candidates.score desc, candidates.track_id asc
    ) as artist_place
  from candidates
  inner join catalogue on candidates.track_id = catalogue.track_id
  left join disliked_artists
    on
      candidates.user_id = disliked_artists.user_id
      and catalogue.artist_key = disliked_artists.artist_key
  where disliked_artists.user_id is null
),

ranked as (
  select
    user_id,
    track_id,
    source,
    score,
    row_number() over (
      partition by user_id order by source desc, score desc, track_id asc
    ) as rank
  from capped
  where artist_place <= {{ var('recommended_of_an_artist') }}
),

asked as (
  select
    listeners.listener,
    numbers.number
  from ranked
  inner join listeners on ranked.user_id = listeners.user_id
  inner join numbers on ranked.track_id = numbers.track_id
  where ranked.source = 'taste' and ranked.rank <= {{ var('recommended_tracks') }}
),

said as (
  select
    seeds.listener,
    alike.similar_number,
    seeds.number as played_number,
    row_number() over (
      partition by seeds.listener, alike.similar_number
      order by alike.similarity desc, seeds.number asc
    ) as place
  from seeds
  inner join alike on seeds.number = alike.number
  where
    (seeds.listener, alike.similar_number) in (
      select
        asked.listener,
        asked.number
      from asked
    )
),

because as (
  select
    listeners.user_id,
    numbers.track_id,
    played.track_id as played_track_id,
    said.place
  from said
  inner join listeners on said.listener = listeners.listener
  inner join numbers on said.similar_number = numbers.number
  inner join numbers as played on said.played_number = played.number
  where said.place <= 2
)

select
  ranked.user_id,
  ranked.rank,
  ranked.track_id,
  catalogue.track,
  catalogue.artist,
  catalogue.album,
  catalogue.genre,
  ranked.source,
  ranked.score,
  first_reason.track_id as because_track_id,
  first_reason.track as because_track,
  first_reason.artist as because_artist,
  second_reason.track_id as also_because_track_id,
  second_reason.track as also_because_track,
  second_reason.artist as also_because_artist,
  coalesce(artist_shares.streams, 0) = 0 as is_new_artist,
  coalesce(artist_shares.share, 0) as artist_share,
  catalogue.popularity,
  catalogue.listeners,
  {{ newest_silver_version([ref('plays'), ref('likes')]) }} as built_from_version
from ranked
inner join catalogue on ranked.track_id = catalogue.track_id
left join artist_shares
  on ranked.user_id = artist_shares.user_id and catalogue.artist_key = artist_shares.artist_key
left join because as because_one
  on ranked.user_id = because_one.user_id and ranked.track_id = because_one.track_id and because_one.place = 1
left join {{ ref('tracks') }} as first_reason on because_one.played_track_id = first_reason.track_id
left join because as because_two
  on ranked.user_id = because_two.user_id and ranked.track_id = because_two.track_id and because_two.place = 2
left join {{ ref('tracks') }} as second_reason on because_two.played_track_id = second_reason.track_id
where ranked.rank <= {{ var('recommended_tracks') }}
