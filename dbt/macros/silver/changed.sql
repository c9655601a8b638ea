{# True of rows that came into silver after the model was last built. A number and not a query in the
   statement: the database then skips the parts of the history in which there is none. #}
{% macro since_built() -%}
_silver_version > {{ built_version() }}
{%- endmacro %}

{# Newest version of silver that the model was built from. Taken from its own rows, so it moves in the same
   transaction as they do. #}
{% macro built_version() -%}
  {%- if not asks_warehouse() -%}
    {{ return('(select coalesce(max(built.built_from_version), 0) from ' ~ this ~ ' as built)') }}
  {%- endif -%}
  {{ return(newest_build(this, 'built_from_version') or 0) }}
{%- endmacro %}

{# Newest build that wrote rows of a relation, by the column that tells it; none of an empty one. Looked for
   among the last builds of silver first: the database skips the parts of a long table that are all older. #}
{% macro newest_build(relation, column) -%}
  {%- set newest = 'select max(' ~ column ~ ') from ' ~ relation -%}
  {%- set accounting = silver_as_it_stands('event_accounting') -%}
  {%- if accounting -%}
    {%- set last = '(select max(_silver_version) - 3 from ' ~ accounting ~ ')' -%}
    {%- set found = run_query(newest ~ ' where ' ~ column ~ ' > ' ~ last).rows[0][0] -%}
    {%- if found is not none -%}{{ return(found) }}{%- endif -%}
  {%- endif -%}
  {{ return(run_query(newest).rows[0][0]) }}
{%- endmacro %}

{# False while dbt only parses, when a model is made for the first time, and in unit tests, whose rows
   are in no table: there a statement must find out by itself what is otherwise asked before it. #}
{% macro asks_warehouse() -%}
  {{ return(execute and model.resource_type != 'unit_test' and is_incremental()) }}
{%- endmacro %}

{# Values of columns in the rows that came into silver after a model was last built. #}
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
  {%- if asks_warehouse() -%}
    {%- set built = built_version() -%}
    {%- set query -%}
      select coalesce(max(newest), {{ built }})
      from (
        {% for relation in relations -%}
        select max(_silver_version) as newest from {{ relation }} where _silver_version > {{ built }}
        {{ "union all" if not loop.last }}
        {% endfor -%}
      ) as found
    {%- endset -%}
    {{ return('cast(' ~ run_query(query).rows[0][0] ~ ' as bigint)') }}
  {%- endif -%}
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

{# True where a day is one of those that a query finds, in a column named changed_day. #}
{% macro in_changed_days(changed, column='day') -%}
  {%- set days = 'select changed_day from (' ~ changed ~ ') as changed' -%}
  {{ return(in_days(days, column) if asks_warehouse() else column ~ ' in (' ~ days ~ ')') }}
{%- endmacro %}

{# True where a day is one of those that a query finds, asked before the statement. #}
{% macro in_days(query, column='day') -%}
  {%- set named = in_named_days(run_query(query ~ ' order by 1').rows | map(attribute=0) | list, column) -%}
  {{ return(named or column ~ ' in (' ~ query ~ ')') }}
{%- endmacro %}

{# True where a day is one of a list. They are named one by one, so that the database skips the parts of the
   history without them; none of more than a hundred. #}
{% macro in_named_days(days, column) -%}
  {%- if days | length == 0 -%}{{ return('1 = 0') }}{%- endif -%}
  {%- if days | length > 100 -%}{{ return(none) }}{%- endif -%}
  {%- set named = [] -%}
  {%- for day in days -%}{%- do named.append("cast('" ~ day ~ "' as date)") -%}{%- endfor -%}
  {{ return(column ~ ' in (' ~ named | join(', ') ~ ')') }}
{%- endmacro %}

{# True from the first day on that rows are about which came into silver after the model was last built: what
   comes before need not be looked at.
   beginning: what the model builds anew from such a day on, such as its year.
   since: which rows came, where the relation is not an event table of silver. #}
{% macro from_first_changed(relation, beginning, since=none) -%}
  {%- set first = 'select min(' ~ beginning ~ ') from ' ~ relation ~ ' where ' ~ (since or since_built()) -%}
  {%- if not asks_warehouse() -%}{{ return('day >= (' ~ first ~ ')') }}{%- endif -%}
  {%- set found = run_query(first).rows[0][0] -%}
  {{ return("day >= cast('" ~ found ~ "' as date)" if found else '1 = 0') }}
{%- endmacro %}

{# True of the hours of the day, UTC, in which new plays began. They are named one by one: when DuckDB plans a
   join of new plays and known rows it takes all history for new, and would gather the longer side first. #}
{% macro in_hours_of_new_plays(column) -%}
  {%- set query -%}
    select distinct {{ utc_hour('timestamp') }} as hour
    from {{ ref('plays') }}
    where {{ since_built() }}
    order by hour
  {%- endset -%}
  {%- set hours = run_query(query).rows | map(attribute=0) | join(', ') -%}
  {{ return(column ~ ' in (' ~ hours ~ ')' if hours else '1 = 0') }}
{%- endmacro %}
