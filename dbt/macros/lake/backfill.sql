{# True of moments in the range that a backfill builds anew: from its beginning up to before its end. #}
{% macro in_backfill(moment) -%}
{{ moment }} >= cast({{ sql_string(var('backfill_from')) }} as timestamp with time zone)
and {{ moment }} < cast({{ sql_string(var('backfill_to')) }} as timestamp with time zone)
{%- endmacro %}

{# Every event of the lake that began in the range of a backfill, copies included, as received. #}
{% macro events_of_backfill(topic) -%}{{ adapter.dispatch('events_of_backfill')(topic) }}{%- endmacro %}

{% macro duckdb__events_of_backfill(topic) -%}
select
  {% for name, type in lake_columns(topic) -%}
  lake.{{ name }},
  {% endfor -%}
  cast(files.version as bigint) as _commit_version
from ({{ lake_rows(topic, lake_files(topic)) }}) as lake
inner join {{ lake_manifest() }} as files on lake.filename = files.path and files.table_name = '{{ topic }}'
where {{ in_backfill('lake.timestamp') }}
{%- endmacro %}

{% macro snowflake__events_of_backfill(topic) -%}
select
  {% for name, type in lake_columns(topic) -%}
  lake.{{ name }},
  {% endfor -%}
  cast(files.version as bigint) as _commit_version
from {{ source('lake', topic) }} as lake
inner join {{ lake_manifest() }} as files on lake._file = files.path
where
  files.table_name = '{{ topic }}'
  and files.live
  and {{ in_backfill('lake.timestamp') }}
{%- endmacro %}
