{# Rows for a unit test in the place of received events, which exist in no table that dbt could take
   the columns from. Each is a dictionary of columns; what it leaves out is null. #}
{% macro received_rows(topic, rows) -%}
{% for row in rows -%}
select
  {% for name, type in lake_columns(topic) + [['_commit_version', 'bigint']] -%}
  cast({{ fixture_value(row.get(name)) }} as {{ type }}) as {{ name }}{{ "," if not loop.last }}
  {% endfor %}
{{ "union all" if not loop.last }}
{% endfor %}
{%- endmacro %}

{% macro fixture_value(value) -%}
{{ "null" if value is none else sql_string(value) if value is string else value }}
{%- endmacro %}
