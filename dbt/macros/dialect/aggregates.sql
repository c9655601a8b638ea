{# Value of a column in the newest row of a group that has one; the event's identity decides
   between rows of the same moment, so that every build picks the same. #}
{% macro latest(column, moment='timestamp', tie='event_id') -%}
  {{ adapter.dispatch('latest')(column, moment, tie) }}
{%- endmacro %}
{% macro duckdb__latest(column, moment, tie) -%}
  arg_max({{ column }}, ({{ moment }}, {{ tie }}))
{%- endmacro %}
{# Unlike DuckDB's arg_max, max_by compares one value, and does not pass over rows without the column. #}
{% macro snowflake__latest(column, moment, tie) -%}
  max_by({{ column }}, case when {{ column }} is not null then {{ sort_key(moment, tie) }} end)
{%- endmacro %}

{# Value of a column in the oldest row of a group that has one, ties as above. #}
{% macro earliest(column, moment='timestamp', tie='event_id') -%}
  {{ adapter.dispatch('earliest')(column, moment, tie) }}
{%- endmacro %}
{% macro duckdb__earliest(column, moment, tie) -%}
  arg_min({{ column }}, ({{ moment }}, {{ tie }}))
{%- endmacro %}
{% macro snowflake__earliest(column, moment, tie) -%}
  min_by({{ column }}, case when {{ column }} is not null then {{ sort_key(moment, tie) }} end)
{%- endmacro %}

{# A moment (ms, after 1970) and what decides between rows of the same one, as text that sorts like both. #}
{% macro sort_key(moment, tie) -%}
  lpad(cast({{ epoch_milliseconds(moment) }} as varchar), 15, '0') || {{ tie }}
{%- endmacro %}

{# Whole numbers from 0, as many as so many decimal digits can write. #}
{% macro numbers(digits) -%}
select
  cast(
    {%- for place in range(digits) %}
    place_{{ place }}.digit * {{ 10 ** place }}{{ " +" if not loop.last }}
    {%- endfor %} as bigint
  ) as number
from
  {% for place in range(digits) -%}
  (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as place_{{ place }} (digit){{ ", " if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{# How often a condition holds. #}
{% macro count_where(condition) -%}
  count(case when {{ condition }} then 1 end)
{%- endmacro %}

{# True when one row of the group is. #}
{% macro any_true(column) -%}{{ adapter.dispatch('any_true')(column) }}{%- endmacro %}
{% macro duckdb__any_true(column) -%}bool_or({{ column }}){%- endmacro %}
{% macro snowflake__any_true(column) -%}boolor_agg({{ column }}){%- endmacro %}

{# Sum of a whole-number column over the rows where a condition holds; 0 when there are none. #}
{% macro sum_where(column, condition='true') -%}
  cast(coalesce(sum(case when {{ condition }} then {{ column }} end), 0) as bigint)
{%- endmacro %}

{# Share between 0 and 1; 0 of nothing is 0. #}
{% macro share(part, whole) -%}
  coalesce(cast({{ part }} as double) / nullif({{ whole }}, 0), 0)
{%- endmacro %}

{# Names fold to one key: events carry artist names, not identifiers. #}
{% macro artist_key(artist) -%}lower(trim({{ artist }})){%- endmacro %}
