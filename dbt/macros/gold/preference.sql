{# What a row of gold.listener_taste says for a track. The same rules as src/recommend/signals.ts; a test
   compares the two. #}

{# True where a withdrawn like or skips say that the listener does not want the track. #}
{% macro is_disliked() -%}
(case when liked is null then skips >= 2 and skips >= 0.75 * plays else not liked end)
{%- endmacro %}

{# Streams with falling returns, more for a like, less for skips and with age; 0 for what is disliked. #}
{% macro preference_weight(today) -%}
case
  when {{ is_disliked() }} then 0.0
  else
    ln(1 + greatest(streams, case when liked then 1 else 0 end))
    * case when liked then 1.5 else 1.0 end
    * (1 - least(1.0, {{ share('skips', 'plays') }}) / 2)
    * (0.4 + 0.6 * power(0.5, greatest(0, {{ today }} - last_day) / 180.0))
end
{%- endmacro %}
