{# Restricts a model to the keys that came into silver since it was last built; everything on a full
   refresh. #}
{% macro only_changed(key, relations) -%}
{%- if is_incremental() -%}
where {{ key }} in ({{ changed_since_built(relations, key ~ ' as changed_key') }})
{%- endif -%}
{%- endmacro %}

{# Restricts a model that can add to the rows that it counts: the new ones, or all of the keys that it counts
   anew. #}
{% macro only_to_count(adding, key, relations) -%}
{%- if adding -%}
where {{ since_built() }}
{%- else -%}
{{ only_changed(key, relations) }}
{%- endif -%}
{%- endmacro %}
