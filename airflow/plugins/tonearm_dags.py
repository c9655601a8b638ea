"""Builds the DAGs from airflow/pipeline.json, which `./tonearm pipeline export` writes."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, Param
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from tonearm_alerts import RaiseAlert, ResolveAlert, raise_late
from tonearm_operator import TonearmOperator

DEFINITION = Path(__file__).resolve().parents[1] / "pipeline.json"
BEGINNING = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)

# How Airflow spells what the definition's commands leave open.
VALUES = {
    "run_id": "{{ run_id }}",
    "kind": "{{ dag_run.run_type.value }}",
    "from": "{{ (dag_run.data_interval_start or dag_run.run_after) | ts }}",
    "to": "{{ (dag_run.data_interval_end or dag_run.run_after) | ts }}",
}


def build_dags(path: Path = DEFINITION) -> dict[str, DAG]:
    definition = json.loads(path.read_text())
    return {
        pipeline["name"]: _build(pipeline, definition["retry"]) for pipeline in definition["pipelines"]
    }


def _build(pipeline: dict[str, Any], retry: dict[str, Any]) -> DAG:
    schedule = pipeline["schedule"]
    dag = DAG(
        pipeline["name"],
        description=pipeline["description"],
        schedule=None if schedule is None else CronDataIntervalTimetable(schedule, timezone="UTC"),
        start_date=BEGINNING,
        # A run takes in everything that is new, so what was missed needs no run of its own.
        catchup=False,
        max_active_runs=pipeline["max_active_runs"],
        params={
            name: Param(param["default"], type=param["type"], description=param["description"])
            for name, param in pipeline["params"].items()
        },
        deadline=_deadline(pipeline),
        tags=["tonearm"],
    )
    params = {name: f"{{{{ params.{name} }}}}" for name in pipeline["params"]}
    tasks: dict[str, Any] = {}
    for step in pipeline["steps"]:
        task = _task(step, retry, dag, {**VALUES, **params}, tasks)
        for name in step["depends_on"]:
            tasks[name] >> task
        tasks[step["name"]] = task
    return dag


def _task(
    step: dict[str, Any], retry: dict[str, Any], dag: DAG, values: dict[str, str], tasks: dict[str, Any]
) -> Any:
    alert = step["alert"]
    resolve = [ResolveAlert(alert["key"])] if alert["resolves"] else []
    arguments = {
        "task_id": step["name"],
        "dag": dag,
        "command": step["command"],
        "doc_md": step["description"],
        "execution_timeout": datetime.timedelta(seconds=step["timeout_seconds"]),
        "retries": retry["retries"],
        "retry_delay": datetime.timedelta(seconds=retry["delay_seconds"]),
        "retry_exponential_backoff": retry["factor"],
        "max_retry_delay": datetime.timedelta(seconds=retry["max_delay_seconds"]),
        # A step that had nothing to do is no reason to leave out the next.
        "trigger_rule": "none_failed",
        "on_failure_callback": [RaiseAlert(alert["key"], alert["runbook"])],
        "on_success_callback": resolve,
        "on_skipped_callback": resolve,
        "outlets": [Asset(name=name, uri=f"tonearm://{name}") for name in step["assets"]],
    }
    if step["pool"] is not None:
        arguments["pool"] = step["pool"]
    if step["for_each"] is None:
        return TonearmOperator(**arguments, values=values)
    # One task for each element that the other step printed.
    mapped = TonearmOperator.partial(**arguments, max_active_tis_per_dagrun=step["parallel"])
    return mapped.expand(values=tasks[step["for_each"]].output)


def _deadline(pipeline: dict[str, Any]) -> DeadlineAlert | None:
    seconds = pipeline["deadline_seconds"]
    if seconds is None:
        return None
    about = {
        "key": f"late-{pipeline['name']}",
        "dag": pipeline["name"],
        "minutes": seconds // 60,
        "runbook": pipeline["runbook"],
    }
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=datetime.timedelta(seconds=seconds),
        callback=SyncCallback(raise_late, kwargs=about),
    )
