{# The live files of a lake table as views, one for each month of receipt: a month whose files are the same
   as before is left as it is, so that one more hour costs the same whatever the number of files. #}

{# Their names: plays_2025_11. #}
{% macro lake_parts(table) -%}
  {%- if not execute or not var('lake_files') -%}{{ return([]) }}{%- endif -%}
  {%- set query -%}
    select distinct {{ lake_part_name() }} as part
    from {{ lake_manifest() }}
    where table_name = '{{ table }}' and live
    order by part
  {%- endset -%}
  {{ return(run_query(query).columns[0].values()) }}
{%- endmacro %}

{% macro lake_part_name() -%}
  {{ return("table_name || '_' || " ~ path_value('year') ~ " || '_' || " ~ path_value('month')) }}
{%- endmacro %}

{# What the path of a lake file says of a partition column: the last such folder, as the data directory may
   have one of that name. #}
{% macro path_value(column, path='path') -%}
  {{ return("regexp_extract(" ~ path ~ ", '.*/" ~ column ~ "=([0-9]+)/', 1)") }}
{%- endmacro %}

{# Statements that bring the views of a lake table up to date, before the one that is made of them; '' where
   the lake is one external table. A view's comment is the digest of what it was made of. #}
{% macro replace_lake_parts(table) -%}
  {{ return(adapter.dispatch('replace_lake_parts')(table)) }}
{%- endmacro %}

{% macro default__replace_lake_parts(table) -%}{{ return('') }}{%- endmacro %}

{% macro duckdb__replace_lake_parts(table) -%}
  {%- if not execute or not var('lake_files') -%}{{ return('') }}{%- endif -%}
  {%- set columns -%}
  {% for name, type in lake_columns(table) -%}
  {{ name }},
  {% endfor -%}
  {% for name, type in lake_partition_columns() -%}
  cast({{ path_value(name, 'filename') }} as {{ type }}) as {{ name }}{{ "," if not loop.last }}
  {% endfor -%}
  {%- endset -%}
  {#- With the types given, no file is opened before it is read, and an older file may lack a column. #}
  {%- set settings -%}
  filename = true, hive_partitioning = false, schema = map {
    {%- for name, type in lake_columns(table) %}
    {{ sql_string(name) }}: {name: {{ sql_string(name) }}, type: {{ sql_string(type) }}, default_value: null}
    {{- "," if not loop.last }}
    {%- endfor %}
  }
  {%- endset -%}
  {%- set made_of = sql_string(local_md5(columns ~ settings)) -%}
  {%- set query -%}
    with wanted as (
      select
        {{ lake_part_name() }} as part,
        md5({{ made_of }} || string_agg(path, chr(10) order by path)) as digest,
        string_agg('''' || replace(path, '''', '''''') || '''', ', ' order by path) as paths
      from {{ lake_manifest() }}
      where table_name = '{{ table }}' and live
      group by part
    ),

    held as (
      select
        view_name as part,
        comment as digest
      from duckdb_views()
      where
        database_name = {{ sql_string(target.database) }}
        and schema_name = 'bronze_parts'
        and regexp_full_match(view_name, '{{ table }}_[0-9]+_[0-9]+')
    )

    select
      coalesce(wanted.part, held.part) as part,
      wanted.digest,
      wanted.paths
    from wanted
    full outer join held on wanted.part = held.part
    where wanted.digest is distinct from held.digest
    order by part
  {%- endset -%}
  {%- set changed = run_query(query).rows -%}
  {%- if changed | length == 0 -%}{{ return('') }}{%- endif %}
create schema if not exists {{ adapter.quote(target.database) }}.bronze_parts;
{%- for part, digest, paths in changed %}
{%- set view = adapter.quote(target.database) ~ '.bronze_parts.' ~ part %}
{%- if digest is none %}
drop view {{ view }};
{%- else %}
create or replace view {{ view }} as
select
  {{ columns }}
from read_parquet([{{ paths }}], {{ settings }});
comment on view {{ view }} is '{{ digest }}';
{%- endif %}
{%- endfor %}
{%- endmacro %}
