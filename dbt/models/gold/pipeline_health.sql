{{ config(materialized='table') }}
-- Grain: one row per run_id: the pipeline's runs that left a record before this build.
select
  run_id,
  max(status) as status,
  max(started_at) as started_at,
  max(finished_at) as finished_at,
  max(duration_ms) as duration_ms,
  {{ any_true('full_refresh') }} as full_refresh,
  {% for step in ['ingest', 'compact', 'validate', 'transform', 'quality', 'recommend', 'publish'] -%}
  {{ sum_where('step_duration_ms', "step = '" ~ step ~ "'") }} as {{ step }}_ms,
  {% endfor -%}
  max(case when step_status = 'failed' then step end) as failed_step,
  max(tests_passed) as tests_passed,
  max(tests_failed) as tests_failed,
  max(tests_warned) as tests_warned,
  max(mart_version) as mart_version,
  max(error_code) as error_code,
  max(error_message) as error_message
from ({{ run_steps() }}) as steps
group by run_id
