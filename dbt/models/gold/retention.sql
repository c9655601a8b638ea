{{ config(materialized='table') }}
-- Grain: one row per cohort_month and months_since. A cohort is the listeners whose first play ever was
-- in that month; a listener is back in a month with at least one play in it. Months are UTC. Private
-- listening is left out: this is shared.
with listener_months as (
  select
    user_id,
    cast(date_trunc('month', day) as date) as month,
    {{ sum_where('plays - private_plays') }} as plays,
    {{ sum_where('ms_played - private_ms_played') }} as ms_played
  from {{ ref('daily_listening_stats') }}
  where plays > private_plays
  group by user_id, cast(date_trunc('month', day) as date)
),

listeners as (
  select
    user_id,
    min(month) as cohort_month
  from listener_months
  group by user_id
),

cohorts as (
  select
    cohort_month,
    count(*) as cohort_listeners
  from listeners
  group by cohort_month
),

months as (
  select distinct month from listener_months
),

active as (
  select
    listeners.cohort_month,
    listener_months.month,
    count(*) as listeners,
    {{ sum_where('listener_months.plays') }} as plays,
    {{ sum_where('listener_months.ms_played') }} as ms_played
  from listener_months
  inner join listeners on listener_months.user_id = listeners.user_id
  group by listeners.cohort_month, listener_months.month
)

select
  cohorts.cohort_month,
  cast(
    (extract(year from months.month) - extract(year from cohorts.cohort_month)) * 12
    + extract(month from months.month) - extract(month from cohorts.cohort_month) as integer
  ) as months_since,
  months.month,
  cohorts.cohort_listeners,
  coalesce(active.listeners, 0) as listeners,
  {{ share('coalesce(active.listeners, 0)', 'cohorts.cohort_listeners') }} as retention,
  coalesce(active.plays, 0) as plays,
  coalesce(active.ms_played, 0) as ms_played
from cohorts
inner join months on cohorts.cohort_month <= months.month
left join active on cohorts.cohort_month = active.cohort_month and months.month = active.month
