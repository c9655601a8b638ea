{# The steps of the pipeline's runs, with what the record says of the whole run: one row a run and
   step. The records are files of this machine; the pipeline copies them to Snowflake. #}
{% macro run_steps() -%}{{ adapter.dispatch('run_steps')() }}{%- endmacro %}

{% macro duckdb__run_steps() -%}
{%- set files = sql_string(var('run_records') ~ '/*.json') -%}
{%- if not execute or not var('run_records') -%}{{ return(default__run_steps()) }}{%- endif -%}
{%- set found = run_query('select count(*) from glob(' ~ files ~ ')').rows[0][0] -%}
{%- if found == 0 -%}{{ return(default__run_steps()) }}{%- endif -%}
select
  runs.run_id,
  runs.status,
  runs.started_at,
  runs.finished_at,
  runs.duration_ms,
  runs.full_refresh,
  runs.tests.passed as tests_passed,
  runs.tests.failed as tests_failed,
  runs.tests.warned as tests_warned,
  runs.mart_version,
  runs.error.code as error_code,
  runs.error.message as error_message,
  steps.step.name as step,
  steps.step.status as step_status,
  steps.step.duration_ms as step_duration_ms
from read_json({{ files }}, format = 'unstructured', columns = {
  run_id: 'varchar', status: 'varchar', started_at: 'timestamptz', finished_at: 'timestamptz',
  duration_ms: 'bigint', full_refresh: 'boolean', mart_version: 'varchar',
  tests: 'struct(passed bigint, failed bigint, warned bigint)',
  error: 'struct(code varchar, message varchar)',
  steps: 'struct(name varchar, status varchar, duration_ms bigint)[]'
}) as runs
left join unnest(runs.steps) as steps (step) on true
{%- endmacro %}

{% macro snowflake__run_steps() -%}
select
  runs.record:run_id::varchar as run_id,
  runs.record:status::varchar as status,
  runs.record:started_at::timestamp_tz as started_at,
  runs.record:finished_at::timestamp_tz as finished_at,
  runs.record:duration_ms::bigint as duration_ms,
  runs.record:full_refresh::boolean as full_refresh,
  runs.record:tests.passed::bigint as tests_passed,
  runs.record:tests.failed::bigint as tests_failed,
  runs.record:tests.warned::bigint as tests_warned,
  runs.record:mart_version::varchar as mart_version,
  runs.record:error.code::varchar as error_code,
  runs.record:error.message::varchar as error_message,
  steps.value:name::varchar as step,
  steps.value:status::varchar as step_status,
  steps.value:duration_ms::bigint as step_duration_ms
from {{ target.database }}.lake.run_records as runs,
  lateral flatten(input => runs.record:steps, outer => true) as steps
{%- endmacro %}

{% macro default__run_steps() -%}
select
  {% for name, type in [
    ['run_id', 'varchar'], ['status', 'varchar'], ['started_at', 'timestamptz'],
    ['finished_at', 'timestamptz'], ['duration_ms', 'bigint'], ['full_refresh', 'boolean'],
    ['tests_passed', 'bigint'], ['tests_failed', 'bigint'], ['tests_warned', 'bigint'],
    ['mart_version', 'varchar'], ['error_code', 'varchar'], ['error_message', 'varchar'],
    ['step', 'varchar'], ['step_status', 'varchar'], ['step_duration_ms', 'bigint'],
  ] -%}
  cast(null as {{ type }}) as {{ name }}{{ "," if not loop.last }}
  {% endfor -%}
where 1 = 0
{%- endmacro %}
