{# Rows that share their key with another row. #}
{% test unique_key(model, columns) %}
select {{ columns | join(', ') }}, count(*) as copies
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{# Rows in which one of the columns is null. #}
{% test never_null(model, columns) %}
select *
from {{ model }}
where {% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}

{# Rows for which a condition does not hold. #}
{% test always(model, condition) %}
select *
from {{ model }}
where not coalesce({{ condition }}, false)
{% endtest %}

{# Rows of an event table of silver = rows ever stored, less those that an earlier received copy has
   replaced. #}
{% test equals_what_was_stored(model, topic) %}
select counted.silver_rows, accounted.accounted_rows
from (select count(*) as silver_rows from {{ model }}) as counted
cross join (
  select coalesce(sum(stored - replaced), 0) as accounted_rows
  from {{ ref('event_accounting') }}
  where topic = '{{ topic }}'
) as accounted
where counted.silver_rows <> accounted.accounted_rows
{% endtest %}

{# Rows whose value in a column the contract does not allow. #}
{% test allowed_by_contract(model, column_name) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} not in ('{{ contract_values(column_name) | join("', '") }}')
{% endtest %}

{# Rows with plays whose value in a column is not in a column of another table. #}
{% test known_when_played(model, column_name, to, field) %}
with given as (
  select {{ column_name }}
  from {{ model }}
  where plays > 0
)

select given.{{ column_name }}
from given
left join {{ to }} as known on given.{{ column_name }} = known.{{ field }}
where known.{{ field }} is null
{% endtest %}
