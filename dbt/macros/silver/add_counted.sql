{# Incremental strategy of the tables of which each build adds rows of its own, beside those of earlier
   builds. Where rows were counted anew (adds_up says no), all of their meta.recount_by go first.
   meta.counts: names of the event tables that the model counts, as it gives them to adds_up. #}
{% macro get_incremental_add_counted_sql(arg_dict) -%}
{%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
{%- set meta = config.get('meta') -%}
{%- set target = arg_dict['target_relation'] -%}
{%- set statements -%}
{% if not adds_up(tables_of(meta.counts)) -%}
delete from {{ target }}
where {{ meta.recount_by }} in (select new.{{ meta.recount_by }} from {{ arg_dict['temp_relation'] }} as new);

{% endif -%}
insert into {{ target }} ({{ columns }})
select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endset -%}
{{ in_transaction(statements) }}
{%- endmacro %}

{# Pairs of a listener and a key that a build counts: those of its new plays (CTE fresh), and while it adds
   those with new likes. #}
{% macro fresh_and_liked(adding, user, key) -%}
select
  {{ user }},
  {{ key }}
from fresh
{%- if adding %}
union
{{ changed_since_built([ref('likes')], user ~ ', ' ~ key, in_batch(user)) }}
{%- endif %}
{%- endmacro %}
