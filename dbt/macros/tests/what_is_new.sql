{# What a generic test looks at: all rows of a table in a complete build, those of its newest build in a
   refresh (var complete: false). A test that says itself where it looks has its way. dbt calls it for each test. #}
{% macro get_where_subquery(relation) -%}
  {%- set where = config.get('where', '') -%}
  {%- if where -%}
    {{ return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') as chosen') }}
  {%- endif -%}
  {%- if not execute or var('complete') -%}{{ return(relation) }}{%- endif -%}
  {%- set found = adapter.get_columns_in_relation(relation) -%}
  {%- set columns = found | map(attribute='name') | map('lower') | list -%}
  {%- for version in ['built_from_version', '_silver_version'] if version in columns -%}
    {%- set newest = newest_build(relation, version) -%}
    {%- if newest is none -%}{{ return(relation) }}{%- endif -%}
    {{ return('(select * from ' ~ relation ~ ' where ' ~ version ~ ' = ' ~ newest ~ ') as chosen') }}
  {%- endfor -%}
  {{ return(relation) }}
{%- endmacro %}

{# True of the days of an event table of silver on which the newest build brought rows: of all in a complete
   build. #}
{% macro on_days_of_newest_build(relation) -%}
  {%- if not execute or var('complete') -%}{{ return('1 = 1') }}{%- endif -%}
  {%- set newest = newest_build(relation, '_silver_version') -%}
  {%- if newest is none -%}{{ return('1 = 1') }}{%- endif -%}
  {{ return(in_days('select distinct day from ' ~ relation ~ ' where _silver_version = ' ~ newest)) }}
{%- endmacro %}
