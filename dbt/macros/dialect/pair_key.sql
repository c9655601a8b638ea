{# A pair of texts as two whole numbers, by which its row is found: the texts of a long history take much
   longer to read. They are 94 bits of a hash and are taken for the pair. Each warehouse has numbers of its own. #}
{% macro pair_key(first, second) -%}
  {{ adapter.dispatch('pair_key')(as_one_text(first, second)) }}
{%- endmacro %}
{% macro duckdb__pair_key(text) -%}
  cast(md5_number_lower({{ text }}) >> 1 as bigint)
{%- endmacro %}
{% macro snowflake__pair_key(text) -%}
  cast(mod(md5_number_lower64({{ text }}), 9223372036854775807) as bigint)
{%- endmacro %}

{% macro pair_check(first, second) -%}
  {{ adapter.dispatch('pair_check')(as_one_text(first, second)) }}
{%- endmacro %}
{% macro duckdb__pair_check(text) -%}
  cast(md5_number_upper({{ text }}) >> 33 as integer)
{%- endmacro %}
{% macro snowflake__pair_check(text) -%}
  cast(mod(md5_number_upper64({{ text }}), 2147483647) as integer)
{%- endmacro %}

{# Two pairs never give the same text: the length says where the first ends. #}
{% macro as_one_text(first, second) -%}
  length({{ first }}) || ' ' || {{ first }} || {{ second }}
{%- endmacro %}
