{# A model that would be too much at once is made of so many keys at a time: its statement runs once for
   each batch, all of them before the model's table changes, so that each sees the same state of it.
   meta.batches of the model: `key`, the table `of` which it is counted, `counts`, the event tables that say
   which keys have changed, and `by` what a batch is measured: keys, or `rows` where a key has many, or
   `rows to add` of a model that adds new rows (adds_up). The model names the place: where in_batch(key). #}

{# True of the keys of a batch: of all, as long as `of_batch` does not say which. #}
{% macro in_batch(key) -%}
mod(abs(hash({{ key }})), 10000) between {{ all_batches() }}
{%- endmacro %}

{% macro all_batches() -%}0 and 9999{%- endmacro %}

{% macro of_batch(compiled_code, batch, batches) -%}
{%- set first = batch * 10000 // batches -%}
{%- set last = (batch + 1) * 10000 // batches - 1 -%}
{{ compiled_code | replace(all_batches(), first ~ ' and ' ~ last) }}
{%- endmacro %}

{# Batches that the model is made in: one, unless more has changed than fits. #}
{% macro batch_count() -%}
  {%- set batches = config.get('meta', {}).get('batches') -%}
  {%- if not execute or not batches -%}{{ return(1) }}{%- endif -%}
  {%- set counts = tables_of(batches.counts) -%}
  {%- set by_rows = batches.by in ['rows', 'rows to add'] -%}
  {%- set adding = batches.by == 'rows to add' and adds_up(counts) -%}
  {%- set size = var('batch_rows') if by_rows else var('batch_size') -%}
  {%- set keys -%}
    select {{ 'count(*)' if by_rows else 'count(distinct ' ~ batches.key ~ ')' }}
    from {{ ref(batches.of) }}
    {{ only_to_count(adding, batches.key, counts) }}
  {%- endset -%}
  {%- set found = run_query(keys).rows[0][0] | int -%}
  {{ return([1, (found + size - 1) // size] | max) }}
{%- endmacro %}

{# dbt's statement that makes a table, here of the first batch, and an insert for each of the others. What has
   cluster_by is ordered by it when it is made anew, as Snowflake keeps it, and so is what has meta.lies_by, which
   Snowflake does not know of: DuckDB skips the parts of a table without the days that are asked for, and after a
   build of many days at once each part would have all of them. #}
{% macro duckdb__create_table_as(
  temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
  {%- set batches = batch_count() if language == 'sql' else 1 -%}
  {%- set first = of_batch(compiled_code, 0, batches) if batches > 1 else compiled_code -%}
  {%- set columns = config.get('cluster_by') or config.get('meta', {}).get('lies_by') -%}
  {%- set order = 'order by ' ~ columns | join(', ') if columns and not temporary else '' -%}
  {%- if order -%}{%- set first = 'select * from (' ~ first ~ '\n) as found ' ~ order -%}{%- endif -%}
  {%- set target = relation.include(database=(not temporary), schema=(not temporary)) -%}
  {{ dbt.duckdb__create_table_as(temporary, relation, first, language, partitioned_by, sorted_by) }}
  {{ further_batches(target, compiled_code, batches, order) }}
{%- endmacro %}

{# Snowflake keeps each statement by itself: a table that was to be made anew and has the first batches alone
   would pass for whole. They meet in a temporary one, and the table is made of it at once. #}
{% macro snowflake__create_table_as(temporary, relation, compiled_code, language='sql') -%}
  {%- set batches = batch_count() if language == 'sql' else 1 -%}
  {%- if batches == 1 -%}
    {{ dbt.snowflake__create_table_as(temporary, relation, compiled_code, language) }}
  {%- else -%}
    {%- set gathered = relation if temporary else make_temp_relation(relation) -%}
    {%- set statements -%}
      {{ dbt.snowflake__create_table_as(true, gathered, of_batch(compiled_code, 0, batches), language) }}
      {{ further_batches(gathered, compiled_code, batches) }}
    {%- endset -%}
    {%- if temporary -%}
      {{ statements }}
    {%- else -%}
      {%- do run_query(statements) -%}
      {{ dbt.snowflake__create_table_as(temporary, relation, 'select * from ' ~ gathered, language) }}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{# After a statement that ends with a semicolon: Snowflake refuses an empty one. #}
{% macro further_batches(relation, compiled_code, batches, order='') -%}
  {%- set columns = model.columns.keys() | join(', ') -%}
  {%- for batch in range(1, batches) %}
  insert into {{ relation }} ({{ columns }})
  select {{ columns }} from ({{ of_batch(compiled_code, batch, batches) }}) as batch {{ order }};
  {%- endfor -%}
{%- endmacro %}
