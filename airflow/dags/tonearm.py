"""Every Tonearm DAG. What they do is in src/pipeline.ts; `airflow` and `DAG` are named so that Airflow reads this."""

from tonearm_dags import build_dags

globals().update(build_dags())
