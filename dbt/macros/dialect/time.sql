{# Calendar arithmetic that each database spells its own way. Everything is UTC. #}

{% macro utc_date(moment) -%}{{ adapter.dispatch('utc_date')(moment) }}{%- endmacro %}
{% macro duckdb__utc_date(moment) -%}cast(timezone('UTC', {{ moment }}) as date){%- endmacro %}
{% macro snowflake__utc_date(moment) -%}to_date(convert_timezone('UTC', {{ moment }})){%- endmacro %}

{# 0 to 23. #}
{% macro utc_hour(moment) -%}{{ adapter.dispatch('utc_hour')(moment) }}{%- endmacro %}
{% macro duckdb__utc_hour(moment) -%}cast(hour(timezone('UTC', {{ moment }})) as integer){%- endmacro %}
{% macro snowflake__utc_hour(moment) -%}
  cast(hour(convert_timezone('UTC', {{ moment }})) as integer)
{%- endmacro %}

{# 1 Monday to 7 Sunday. #}
{% macro iso_weekday(day) -%}{{ adapter.dispatch('iso_weekday')(day) }}{%- endmacro %}
{% macro duckdb__iso_weekday(day) -%}cast(isodow({{ day }}) as integer){%- endmacro %}
{% macro snowflake__iso_weekday(day) -%}cast(dayofweekiso({{ day }}) as integer){%- endmacro %}

{% macro add_milliseconds(moment, amount) -%}
  {{ adapter.dispatch('add_milliseconds')(moment, amount) }}
{%- endmacro %}
{% macro duckdb__add_milliseconds(moment, amount) -%}
  {{ moment }} + to_milliseconds({{ amount }})
{%- endmacro %}
{% macro snowflake__add_milliseconds(moment, amount) -%}
  dateadd('millisecond', {{ amount }}, {{ moment }})
{%- endmacro %}

{% macro add_days(day, amount) -%}{{ adapter.dispatch('add_days')(day, amount) }}{%- endmacro %}
{% macro duckdb__add_days(day, amount) -%}({{ day }} + cast({{ amount }} as integer)){%- endmacro %}
{% macro snowflake__add_days(day, amount) -%}
  cast(dateadd('day', {{ amount }}, {{ day }}) as date)
{%- endmacro %}

{# Whole seconds from one moment to another; negative when the second comes first. #}
{% macro seconds_between(first, second) -%}
  {{ adapter.dispatch('seconds_between')(first, second) }}
{%- endmacro %}
{% macro duckdb__seconds_between(first, second) -%}
  date_diff('second', {{ first }}, {{ second }})
{%- endmacro %}
{% macro snowflake__seconds_between(first, second) -%}
  datediff('second', {{ first }}, {{ second }})
{%- endmacro %}

{# Milliseconds since 1970. #}
{% macro epoch_milliseconds(moment) -%}
  {{ adapter.dispatch('epoch_milliseconds')(moment) }}
{%- endmacro %}
{% macro duckdb__epoch_milliseconds(moment) -%}epoch_ms({{ moment }}){%- endmacro %}
{% macro snowflake__epoch_milliseconds(moment) -%}
  date_part(epoch_millisecond, {{ moment }})
{%- endmacro %}

{# The Friday that begins the chart week of a day: chart weeks run Friday to Thursday. #}
{% macro chart_week_start(day) -%}
  {{ add_days(day, '-((' ~ iso_weekday(day) ~ ' + 2) % 7)') }}
{%- endmacro %}
