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

{# Newest lake commit that silver holds of a topic; none when every live file is to be read.
   Taken from the rows themselves, so it moves in the same transaction as they do. #}
{% macro taken_in(topic) -%}
  {%- set stored = stored_in_silver(topic) -%}
  {%- if stored is none -%}{{ return(none) }}{%- endif -%}
  {{ return(run_query('select coalesce(max(_commit_version), -1) from ' ~ stored).rows[0][0]) }}
{%- endmacro %}

{# Number of the version of silver that this build makes: one more than the last. #}
{% macro next_silver_version() -%}
  {%- set accounting = silver_as_it_stands('event_accounting') -%}
  {%- if accounting is none -%}{{ return(1) }}{%- endif -%}
  {{ return(run_query('select coalesce(max(_silver_version), 0) + 1 from ' ~ accounting).rows[0][0]) }}
{%- endmacro %}
