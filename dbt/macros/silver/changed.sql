{# True of rows that came into silver after the model was last built. #}
{% macro since_built() -%}
_silver_version > (select coalesce(max(built.built_from_version), 0) from {{ this }} as built)
{%- endmacro %}

{# Values of a column in the rows that came into silver after a model was last built. The model's own
   newest built_from_version says when that was, so it moves in the same transaction as its rows. #}
{% macro changed_since_built(relations, columns, where='true') -%}
{% for relation in relations -%}
select distinct {{ columns }}
from {{ relation }}
where {{ since_built() }} and {{ where }}
{% if not loop.last -%}
union
{% endif -%}
{% endfor -%}
{%- endmacro %}

{# Newest version of silver among event tables: what a model built now is built from. #}
{% macro newest_silver_version(relations) -%}
(
  select cast(max(_silver_version) as bigint)
  from (
    {% for relation in relations -%}
    select max(_silver_version) as _silver_version from {{ relation }}
    {{ "union all" if not loop.last }}
    {% endfor -%}
  ) as newest
)
{%- endmacro %}
