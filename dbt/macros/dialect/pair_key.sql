{# A pair of texts as a whole number, by which its row is found: the texts of a long history take longer to
   read. Two pairs may share a number, so it finds rows and does not tell them apart. Each warehouse has
   numbers of its own. #}
{% macro pair_key(first, second) -%}
  {{ adapter.dispatch('pair_key')(first ~ " || ' ' || " ~ second) }}
{%- endmacro %}
{% macro duckdb__pair_key(text) -%}
  cast(md5_number_lower({{ text }}) >> 1 as bigint)
{%- endmacro %}
{% macro snowflake__pair_key(text) -%}
  cast(mod(md5_number_lower64({{ text }}), 9223372036854775807) as bigint)
{%- endmacro %}
