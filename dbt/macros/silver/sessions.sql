{# Plays with the number of their session among those of a listener (and a day): a new one begins where
   nothing has played for longer than the gap. #}
{% macro numbered_by_session(plays, of) -%}
select
  *,
  sum(case
    when busy_until is null then 1
    when {{ seconds_between('busy_until', 'timestamp') }} > {{ var('session_gap_minutes') }} * 60 then 1
    else 0
  end) over (
    partition by {{ of }} order by timestamp, event_id rows between unbounded preceding and current row
  ) as session_number
from (
  select
    *,
    max(ended_at) over (
      partition by {{ of }} order by timestamp, event_id rows between unbounded preceding and 1 preceding
    ) as busy_until
  from {{ plays }}
) as previous
{%- endmacro %}

{# The sessions that new plays belong to, from first start to last end: a new play may begin one, prolong one,
   or join several. Sessions that are known stand for their plays: whether a play is within the gap of one does
   not depend on what it is made of. #}
{% macro touched_sessions() -%}
{%- set gap = var('session_gap_minutes') * 60000 + 1000 -%}
select
  user_id,
  min(started_at) as started_at,
  max(ended_at) as ended_at
from (
  select
    *,
    sum(case
      when busy_until is null then 1
      when {{ seconds_between('busy_until', 'started_at') }} > {{ var('session_gap_minutes') }} * 60 then 1
      else 0
    end) over (
      partition by user_id order by started_at, ended_at rows between unbounded preceding and current row
    ) as session_number
  from (
    select
      *,
      max(ended_at) over (
        partition by user_id order by started_at, ended_at rows between unbounded preceding and 1 preceding
      ) as busy_until
    from (
      select
        user_id,
        timestamp as started_at,
        ended_at,
        1 as is_new
      from {{ ref('plays') }}
      where {{ since_built() }} and {{ in_batch('user_id') }}
      union all
      select
        known.user_id,
        known.started_at,
        known.ended_at,
        0 as is_new
      from {{ this }} as known
      inner join (
        select
          user_id,
          {{ add_milliseconds('min(timestamp)', '-' ~ gap) }} as not_before,
          {{ add_milliseconds('max(ended_at)', gap) }} as not_after
        from {{ ref('plays') }}
        where {{ since_built() }} and {{ in_batch('user_id') }}
        group by user_id
      ) as span
        on known.user_id = span.user_id
      where known.ended_at >= span.not_before and known.started_at <= span.not_after
        {%- if asks_warehouse() %}
        {%- set query -%}
        select cast({{ add_milliseconds('min(timestamp)', '-' ~ gap) }} as varchar)
        from {{ ref('plays') }}
        where {{ since_built() }}
        {%- endset -%}
        {%- set oldest = run_query(query).rows[0][0] %}
        and known.ended_at >= cast({{ sql_string(oldest or '9999-12-31') }} as timestamp with time zone)
        {%- endif %}
    ) as spans
  ) as previous
) as numbered
group by user_id, session_number
having max(is_new) = 1
{%- endmacro %}

{# True of the days on which plays of touched sessions can have begun: each by name where they are few, or all
   from the first to the last. Of many new plays each batch has sessions of its own. #}
{% macro in_days_of_sessions(touched) -%}
  {%- if not asks_warehouse() -%}{{ return('1 = 1') }}{%- endif -%}
  {%- set first = utc_date('started_at') -%}
  {%- set last = utc_date('ended_at') -%}
  {%- if batch_count() == 1 -%}
    {%- set query -%}
    select distinct
      {{ first }} as first_day,
      {{ last }} as last_day,
      case when {{ last }} > {{ add_days(first, 1) }} then 1 else 0 end as has_days_between
    from ({{ touched }}) as touched
    {%- endset -%}
    {%- set spans = run_query(query).rows -%}
    {%- if spans | sum(attribute=2) == 0 -%}
      {%- set days = (spans | map(attribute=0) | list) + (spans | map(attribute=1) | list) -%}
      {%- set named = in_named_days(days | unique | sort, 'plays.day') -%}
      {%- if named -%}{{ return(named) }}{%- endif -%}
    {%- endif -%}
  {%- endif -%}
  {%- set earliest = '(select min(' ~ first ~ ') from touched)' -%}
  {%- set latest = '(select max(' ~ last ~ ') from touched)' -%}
  {{ return('plays.day >= ' ~ earliest ~ ' and plays.day <= ' ~ latest) }}
{%- endmacro %}

{# Incremental strategy of sessions: a new row takes the place of all that began within it. Where plays were
   rewritten, all sessions of their listeners go first. #}
{% macro get_incremental_replace_sessions_sql(arg_dict) -%}
{%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
{%- set target = arg_dict['target_relation'] -%}
{%- set new = arg_dict['temp_relation'] -%}
{%- set statements -%}
delete from {{ target }}
{%- if adds_up([ref('plays')]) %}
using {{ new }} as new
where
  {{ target }}.user_id = new.user_id
  and {{ target }}.started_at >= new.started_at
  and {{ target }}.started_at <= new.ended_at
  and {{ target }}.started_at >= (select min(oldest.started_at) from {{ new }} as oldest);
{%- else %}
where user_id in (select new.user_id from {{ new }} as new);
{%- endif %}

insert into {{ target }} ({{ columns }})
select {{ columns }} from {{ new }}
order by day
{%- endset -%}
{{ in_transaction(statements) }}
{%- endmacro %}
