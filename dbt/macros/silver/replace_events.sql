{# Incremental strategy of the event tables of silver: rows are only added, but for those that an earlier
   received copy replaces, and for the range of a backfill, which is written anew. Many at once are added by day,
   as they would have come (macros/gold/in_batches.sql says why). #}
{% macro get_incremental_replace_events_sql(arg_dict) -%}
{%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
{%- set statements -%}
delete from {{ arg_dict['target_relation'] }}
where event_id in (select new.event_id from {{ arg_dict['temp_relation'] }} as new);
{% if var('backfill_from') %}
delete from {{ arg_dict['target_relation'] }}
where {{ in_backfill('timestamp') }};
{% endif %}

insert into {{ arg_dict['target_relation'] }} ({{ columns }})
select {{ columns }} from {{ arg_dict['temp_relation'] }}
order by day
{%- endset -%}
{{ in_transaction(statements) }}
{%- endmacro %}
