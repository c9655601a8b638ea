{# True when a model may add the rows that are new to what it holds: none of them was in silver before
   the model was last built. Otherwise it counts anew.
   relations: the event tables of silver that it counts. #}
{% macro adds_up(relations) -%}
  {%- if not asks_warehouse() -%}{{ return(false) }}{%- endif -%}
  {%- set query -%}
    {% for relation in relations -%}
    select count(*) as rewritten from {{ relation }} where _rewritten and {{ since_built() }}
    {% if not loop.last %}union all {% endif -%}
    {% endfor -%}
  {%- endset -%}
  {{ return(run_query('select sum(found.rewritten) from (' ~ query ~ ') as found').rows[0][0] == 0) }}
{%- endmacro %}

{# The event tables that a model names in its meta. #}
{% macro tables_of(names) -%}
  {%- set tables = [] -%}
  {%- for name in names -%}{%- do tables.append(ref(name)) -%}{%- endfor -%}
  {{ return(tables) }}
{%- endmacro %}
