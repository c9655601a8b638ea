{# The steps of the pipeline's runs, with what the record says of the whole run: one row a run and
   step. The records are files of this machine; elsewhere there are none. #}
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
