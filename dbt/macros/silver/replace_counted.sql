{# Incremental strategy of the tables that add new rows to what they hold: a new row takes the place of
   the one with its key. Where rows were counted anew (adds_up says no), all of their meta.recount_by go first: a key
   that no row has any more must not stay.
   meta.counts: names of the event tables that the model counts, as it gives them to adds_up. #}
{% macro get_incremental_replace_counted_sql(arg_dict) -%}
{%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
{%- set meta = config.get('meta') -%}
{%- set target = arg_dict['target_relation'] -%}
{%- set own = arg_dict['unique_key'] -%}
{%- set key = ([own] if own is string else own) if adds_up(tables_of(meta.counts)) else [meta.recount_by] -%}
{%- set statements -%}
delete from {{ target }}
using (select distinct {{ key | join(', ') }} from {{ arg_dict['temp_relation'] }}) as new
where
  {% for column in key -%}
  {{ target }}.{{ column }} = new.{{ column }}{{ " and" if not loop.last }}
  {% endfor %};

insert into {{ target }} ({{ columns }})
select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endset -%}
{{ in_transaction(statements) }}
{%- endmacro %}

{# The rows that a model holds of the keys of a CTE. #}
{% macro known_rows(columns, keys, changed) -%}
select
  {% for column in columns -%}
  known.{{ column }}{{ "," if not loop.last }}
  {% endfor -%}
from {{ this }} as known
inner join {{ changed }}
  on
    {% for key in keys -%}
    known.{{ key }} = {{ changed }}.{{ key }}{{ " and" if not loop.last }}
    {% endfor -%}
{%- endmacro %}
