{# Incremental strategy of the tables that add new rows to what they hold: a new row takes the place of
   the one with its key. Where rows were counted anew (adds_up says no), all of their meta.recount_by go first: a key
   that no row has any more must not stay.
   meta.found_by: a column by which rows are found more quickly than by the key; rows with the same value go and come together.
   meta.counts: names of the event tables that the model counts, as it gives them to adds_up. #}
{% macro get_incremental_replace_counted_sql(arg_dict) -%}
{%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
{%- set meta = config.get('meta') -%}
{%- set counts = [] -%}
{%- for name in meta.counts -%}{%- do counts.append(ref(name)) -%}{%- endfor -%}
{%- set target = arg_dict['target_relation'] -%}
{%- set own = meta.get('found_by') or arg_dict['unique_key'] -%}
{%- set key = ([own] if own is string else own) if adds_up(counts) else [meta.recount_by] -%}
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

{# Ends the build of a model whose table, made by an earlier release, lacks columns that its statement reads:
   in dbt's words for other columns, which the pipeline answers with a full refresh. #}
{% macro must_hold(columns) -%}
  {%- set held = adapter.get_columns_in_relation(this) | map(attribute='name') | map('lower') | list -%}
  {%- for column in columns if column not in held -%}
    {%- do exceptions.raise_compiler_error(
      'The source and target schemas on this incremental model are out of sync: ' ~ this ~ ' has no column ' ~ column
    ) -%}
  {%- endfor -%}
{%- endmacro %}

{# A text of the CTEs fresh and named: the one that was told later, of two told at the same time the greater.
   Named has it where fresh may not be the later one; when it was told, fresh and known say. #}
{% macro newer_of(column, told) -%}
case
  when
    known.{{ told }} is not null
    and (
      fresh.{{ told }} is null
      or known.{{ told }} > fresh.{{ told }}
      or (known.{{ told }} = fresh.{{ told }} and named.{{ column }} > fresh.{{ column }})
    )
    then named.{{ column }}
  else fresh.{{ column }}
end
{%- endmacro %}

{# What the CTEs fresh and known say of a column together. On Snowflake the least or greatest with a missing
   value is missing. #}
{% macro of_both(function, column) -%}
coalesce(
  {{ function }}(fresh.{{ column }}, known.{{ column }}), fresh.{{ column }}, known.{{ column }}
)
{%- endmacro %}

{# True where two CTEs are about the same pair. #}
{% macro same_pair(one, other) -%}
{{ one }}.pair_key = {{ other }}.pair_key and {{ one }}.pair_check = {{ other }}.pair_check
{%- endmacro %}

{# Pairs of a listener and a key with new plays (CTE fresh) or new likes, of the batch that is made. #}
{% macro changed_pairs(user, key) -%}
select
  pair_key,
  pair_check
from fresh
union
{{ changed_since_built(
  [ref('likes')],
  pair_key(user, key) ~ ' as pair_key, ' ~ pair_check(user, key) ~ ' as pair_check',
  in_batch(user)
) }}
{%- endmacro %}
