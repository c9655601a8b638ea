{# Restricts a model to the keys that came into silver since it was last built; everything on a full
   refresh. #}
{% macro only_changed(key, relations) -%}
{%- if is_incremental() -%}
where {{ key }} in ({{ changed_since_built(relations, key ~ ' as changed_key') }})
{%- endif -%}
{%- endmacro %}
