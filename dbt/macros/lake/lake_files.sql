{# Data files of a lake table as rows of (path, version).
   after: none for the files of the newest snapshot, or a commit version: the files of later
   commits that brought rows, whether compaction has replaced them since or not. #}
{% macro lake_files(table, after=none) -%}
  {{ return(adapter.dispatch('lake_files')(table, after)) }}
{%- endmacro %}

{% macro duckdb__lake_files(table, after) -%}
  {%- if not execute or not var('lake_files') -%}{{ return([]) }}{%- endif -%}
  {%- set wanted = 'live' if after is none else 'data_change and version > ' ~ after -%}
  {%- set query -%}
    select path, version
    from {{ lake_manifest() }}
    where table_name = '{{ table }}' and {{ wanted }}
    order by version, path
  {%- endset -%}
  {{ return(run_query(query).rows) }}
{%- endmacro %}

{# Where the lake is one external table, files are chosen in SQL and not one by one. #}
{% macro default__lake_files(table, after) -%}
  {{ return([]) }}
{%- endmacro %}

{# The list of lake files as a relation: table_name, path, version, rows, live, data_change. #}
{% macro lake_manifest() -%}
  {{ return(adapter.dispatch('lake_manifest')()) }}
{%- endmacro %}

{% macro duckdb__lake_manifest() -%}
  read_json({{ sql_string(var('lake_files')) }}, format = 'newline_delimited', columns = {
    table_name: 'varchar', path: 'varchar', version: 'bigint', rows: 'bigint',
    live: 'boolean', data_change: 'boolean'
  })
{%- endmacro %}

{# A table that the pipeline keeps in step with the lake's logs before each build. #}
{% macro snowflake__lake_manifest() -%}
  {{ target.database }}.lake.lake_files
{%- endmacro %}

{# Text as a SQL literal. #}
{% macro sql_string(text) -%}
  '{{ text | replace("'", "''") }}'
{%- endmacro %}
