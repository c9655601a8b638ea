{# Every row of a lake table as received: the files of the newest snapshot, typed by the contract. #}
{% macro lake_table(table) -%}
  {%- do source('lake', table) -%}
  {{ adapter.dispatch('lake_table')(table) }}
{%- endmacro %}

{# A view of views, one for each month of receipt: macros/lake/lake_parts.sql. #}
{% macro duckdb__lake_table(table) -%}
{%- set columns -%}
  {% for name, type in lake_columns(table) + lake_partition_columns() -%}
  {{ name }}{{ "," if not loop.last }}
  {% endfor -%}
{%- endset -%}
select
  {{ columns }}
from ({{ empty_lake_table(table) }}) as typed
{%- for part in lake_parts(table) %}
union all
select
  {{ columns }}
from {{ adapter.quote(target.database) }}.bronze_parts.{{ part }}
{%- endfor %}
{%- endmacro %}

{# The external table over the topic's folder holds every file in it; the list of lake files says which
   of them are of the newest snapshot. #}
{% macro snowflake__lake_table(table) -%}
select
  {% for name, type in lake_columns(table) + lake_partition_columns() -%}
  lake.{{ name }}{{ "," if not loop.last }}
  {% endfor -%}
from {{ source('lake', table) }} as lake
inner join {{ lake_manifest() }} as files on lake._file = files.path
where files.table_name = '{{ table }}' and files.live
{%- endmacro %}

{# Rows of an event table that silver has not taken in yet, with the version of the commit that
   brought each: of later commits than silver's newest, or of every live file on a full refresh. #}
{% macro received_events(topic) -%}
  {%- do source('lake', topic) -%}
  {{ adapter.dispatch('received_events')(topic) }}
{%- endmacro %}

{% macro duckdb__received_events(topic) -%}
{%- set files = lake_files(topic, taken_in(topic)) -%}
select
  {% for name, type in lake_columns(topic) -%}
  lake.{{ name }},
  {% endfor -%}
  cast(files.version as bigint) as _commit_version
from ({{ lake_rows(topic, files) }}) as lake
left join (
  {%- if files %}
  select path, version from {{ lake_manifest() }} where table_name = '{{ topic }}'
  {%- else %}
  select cast(null as varchar) as path, cast(null as bigint) as version where 1 = 0
  {%- endif %}
) as files on lake.filename = files.path
{%- endmacro %}

{% macro snowflake__received_events(topic) -%}
{%- set after = taken_in(topic) -%}
select
  {% for name, type in lake_columns(topic) -%}
  lake.{{ name }},
  {% endfor -%}
  cast(files.version as bigint) as _commit_version
from {{ source('lake', topic) }} as lake
inner join {{ lake_manifest() }} as files on lake._file = files.path
where
  files.table_name = '{{ topic }}'
  and {{ "files.live" if after is none else "files.data_change and files.version > " ~ after }}
  {%- if after is not none %}
  and {{ in_received_days(topic, after) }}
  {%- endif %}
{%- endmacro %}

{# Restricts an external table to the days of receipt of the commits after one, in constants: the
   planner leaves out the files of all other partitions. #}
{% macro in_received_days(topic, after) -%}
  {%- if not execute -%}{{ return('true') }}{%- endif -%}
  {%- set query -%}
    select distinct year, month, day
    from {{ lake_manifest() }}
    where table_name = '{{ topic }}' and data_change and version > {{ after }}
    order by year, month, day
  {%- endset -%}
  {%- set days = run_query(query).rows -%}
  {%- if days | length == 0 -%}{{ return('false') }}{%- endif -%}
  {%- if days | length > 100 -%}{{ return('true') }}{%- endif -%}
  (
    {%- for year, month, day in days %}
    (lake.year = {{ year }} and lake.month = {{ month }} and lake.day = {{ day }}){{ " or" if not loop.last }}
    {%- endfor %}
  )
{%- endmacro %}

{# The empty typed table first: it gives the columns when there is no file yet, and null for a
   column that a file is too old to have. A file whose column has another type is told by the name of
   the column. #}
{% macro lake_rows(table, files) -%}
select
  {% for name, type in lake_columns(table) -%}
  cast({{ name }} as {{ type }}) as {{ name }},
  {% endfor -%}
  filename
from (
select *, cast(null as varchar) as filename from ({{ empty_lake_table(table) }}) as typed
{%- if files %}
union all by name
select * from read_parquet(
  [{% for path, version in files %}{{ sql_string(path) }}{{ "," if not loop.last }}{% endfor %}],
  filename = true, union_by_name = true, hive_partitioning = false
)
{%- endif %}
) as found
{%- endmacro %}
