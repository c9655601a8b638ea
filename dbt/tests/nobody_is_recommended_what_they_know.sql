-- A recommendation is a track that its listener has never played, in private neither. Lists of listeners
-- whose plays are newer than their list are renewed with the next complete build.
select
  recommended.user_id,
  recommended.track_id
from {{ ref('user_recommendations') }} as recommended
inner join {{ ref('listener_taste') }} as known
  on recommended.user_id = known.user_id and recommended.track_id = known.track_id
