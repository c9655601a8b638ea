{# Statements that belong together: all of them are kept, or none. dbt gives DuckDB a transaction around each
   model, and Snowflake none. Of a failed one dbt takes nothing back there (dbt-core issue 12330), and the next
   statement that makes a table would keep what was deleted: infra/snowflake/04_roles.sql has Snowflake refuse it. #}
{% macro in_transaction(statements) -%}
  {{ adapter.dispatch('in_transaction')(statements) }}
{%- endmacro %}
{% macro default__in_transaction(statements) -%}
  {{ statements }}
{%- endmacro %}
{% macro snowflake__in_transaction(statements) -%}
begin;
{{ statements }};
commit;
{%- endmacro %}
