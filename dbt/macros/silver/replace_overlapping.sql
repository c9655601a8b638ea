{# Incremental strategy of silver.sessions: a new session takes the place of every session of the same
   listener that it overlaps, since a late play may have joined them. #}
{% macro get_incremental_replace_overlapping_sql(arg_dict) -%}
{%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
delete from {{ arg_dict['target_relation'] }} as old
using {{ arg_dict['temp_relation'] }} as new
where
  old.user_id = new.user_id
  and old.started_at <= new.ended_at
  and old.ended_at >= new.started_at;

insert into {{ arg_dict['target_relation'] }} ({{ columns }})
select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}
