{# A count as its root, whose spread does not grow with it (Anscombe's constant), and back. #}
{% macro steady_root(count) -%}
sqrt({{ count }} + 0.375)
{%- endmacro %}

{% macro from_steady_root(root) -%}
greatest(power(greatest({{ root }}, 0), 2) - 0.375, 0)
{%- endmacro %}
