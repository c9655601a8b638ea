{# True when a model may add the rows that are new to what it holds: none of them was in silver before
   the model was last built. Otherwise it counts anew. #}
{% macro adds_up(plays) -%}
  {%- if not (execute and is_incremental()) -%}{{ return(false) }}{%- endif -%}
  {%- set query -%}
    select count(*) from {{ plays }} where _rewritten and {{ since_built() }}
  {%- endset -%}
  {{ return(run_query(query).rows[0][0] == 0) }}
{%- endmacro %}
