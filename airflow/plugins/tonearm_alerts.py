"""Tells the alert channel what failed and what is over, through `./tonearm alerts`."""

from __future__ import annotations

import datetime
import logging
from typing import Any

from tonearm_process import TonearmProcess

log = logging.getLogger(__name__)


class RaiseAlert:
    """A task failed for good."""

    def __init__(self, key: str, runbook: str) -> None:
        self.key = key
        self.runbook = runbook

    def __call__(self, context: Any) -> None:
        task = context["task_instance"]
        began = task.start_date or datetime.datetime.now(datetime.UTC)
        tell(
            "raise",
            "--key", self.key,
            "--title", f"The pipeline fails at {task.task_id}",
            "--detail", f"{task.dag_id}, run {task.run_id}: {context.get('exception') or 'no reason given'}",
            "--since", began.astimezone(datetime.UTC).isoformat(timespec="milliseconds"),
            "--severity", "critical",
            "--runbook", self.runbook,
        )  # fmt: skip


class ResolveAlert:
    """What failed works again."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __call__(self, context: Any) -> None:
        tell("resolve", "--key", self.key)


def raise_late(*, key: str, dag: str, minutes: int, runbook: str) -> None:
    """A run did not end in time."""
    now = datetime.datetime.now(datetime.UTC)
    tell(
        "raise",
        "--key", key,
        "--title", f"{dag} takes longer than {minutes} min",
        "--since", now.isoformat(timespec="milliseconds"),
        "--severity", "warning",
        "--runbook", runbook,
    )  # fmt: skip


def tell(verb: str, *arguments: str) -> None:
    ended = TonearmProcess(["alerts", verb, *arguments]).wait(log.info)
    # 99: it was not raised.
    if ended.code not in (0, 99):
        log.error("The alert was not delivered: %s", ended.result)
