{# A table of silver as the last build left it, without making it a dependency: a model may look
   at what its own successors hold. None when it does not exist. #}
{% macro silver_as_it_stands(name) -%}
  {%- if not execute -%}{{ return(none) }}{%- endif -%}
  {{ return(adapter.get_relation(
    database=target.database, schema=generate_schema_name('silver', none), identifier=name)) }}
{%- endmacro %}

{# What silver already holds, for finding duplicates. None on a full refresh: silver starts anew. #}
{% macro stored_in_silver(name) -%}
  {{ return(none if flags.FULL_REFRESH else silver_as_it_stands(name)) }}
{%- endmacro %}

{# Newest lake commit that silver has taken in of a topic; none when every live file is to be read.
   Taken from the rows themselves, so it moves in the same transaction as they do. Commits after
   that which brought nothing to store (duplicates, rejects) count as taken in, up to the first one
   that did bring rows: those were not written then. #}
{% macro taken_in(topic) -%}
  {%- set stored = stored_in_silver(topic) -%}
  {%- if stored is none -%}{{ return(none) }}{%- endif -%}
  {%- set newest = run_query('select coalesce(max(_commit_version), -1) from ' ~ stored).rows[0][0] -%}
  {%- set accounting = stored_in_silver('event_accounting') -%}
  {%- if accounting is none -%}{{ return(newest) }}{%- endif -%}
  {%- set query -%}
    select max(later.commit_version)
    from {{ accounting }} as later
    where
      later.topic = '{{ topic }}'
      and later.commit_version > {{ newest }}
      and later.commit_version < coalesce((
        select min(written.commit_version)
        from {{ accounting }} as written
        where written.topic = '{{ topic }}' and written.commit_version > {{ newest }} and written.stored > 0
      ), 9223372036854775807)
  {%- endset -%}
  {{ return(run_query(query).rows[0][0] or newest) }}
{%- endmacro %}

{# Number of the version of silver that this build makes: one more than the last. A backfill numbers events
   anew without a commit of its own, so the events are asked, too. #}
{% macro next_silver_version() -%}
  {%- set accounting = silver_as_it_stands('event_accounting') -%}
  {%- if accounting is none -%}{{ return(1) }}{%- endif -%}
  {%- set query = 'select coalesce(max(_silver_version), 0) from ' ~ accounting -%}
  {%- set newest = [run_query(query).rows[0][0]] -%}
  {%- for topic in ['plays', 'skips', 'likes'] -%}
    {%- set events = silver_as_it_stands(topic) -%}
    {%- if events -%}
      {%- set query -%}
      select coalesce(max(_silver_version), 0) from {{ events }} where _silver_version > {{ newest[0] }}
      {%- endset -%}
      {%- do newest.append(run_query(query).rows[0][0]) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return((newest | max) + 1) }}
{%- endmacro %}
