"""The one operator: a task is a Tonearm command. Its exit code decides what becomes of the task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from tonearm_process import Ended, TonearmProcess

DONE = 0
TRY_AGAIN = 75
NOTHING_TO_DO = 99


class TonearmOperator(BaseOperator):
    """
    Runs `./tonearm <command> --json`. What it prints on stderr is the task's log, its last line on stdout the
    task's XCom.

    Exit code 0: done. 99: nothing to do, skipped. 75, or ended by a signal: tried again, as often as the task
    may. Everything else: failed for good, without another try.

    :param command: the command's words; `{name}` in a word is replaced from values.
    :param values: what to put in; also from a mapped task.
    """

    template_fields: Sequence[str] = ("command", "values")
    ui_color = "#e8dcc8"

    def __init__(
        self, *, command: Sequence[str], values: dict[str, str] | None = None, **arguments: Any
    ) -> None:
        super().__init__(**arguments)
        self.command = list(command)
        self.values = values or {}
        self._process: TonearmProcess | None = None

    def execute(self, context: Any) -> Any:
        words = [word.format_map(self.values) if "{" in word else word for word in self.command]
        self.log.info("tonearm %s", " ".join(words))
        self._process = TonearmProcess(words)
        try:
            ended = self._process.wait(self.log.info)
        finally:
            # Also when the task's time is over: its exception comes out of the wait.
            self._process.stop()
        result = self._judge(ended)
        for outlet in self.outlets:
            extra = {"version": result["mart_version"]} if _has_version(result) else {}
            context["outlet_events"][outlet].extra = extra
        return result

    def _judge(self, ended: Ended) -> Any:
        if ended.code == DONE:
            return ended.result
        reason = _reason(ended)
        if ended.code == NOTHING_TO_DO:
            raise AirflowSkipException(reason)
        if ended.code == TRY_AGAIN or ended.code < 0:
            raise AirflowException(reason)
        raise AirflowFailException(reason)

    def on_kill(self) -> None:
        if self._process is not None:
            self._process.stop()


def _has_version(result: Any) -> bool:
    return isinstance(result, dict) and bool(result.get("mart_version"))


def _reason(ended: Ended) -> str:
    """One sentence for the task's log."""
    if ended.code < 0:
        return f"The command was ended by signal {-ended.code}."
    if isinstance(ended.result, dict):
        error = ended.result.get("error")
        if isinstance(error, dict):
            remedy = f" {error['remedy']}" if error.get("remedy") else ""
            return f"{error.get('message')} [{error.get('code')}]{remedy}"
        if ended.result.get("message"):
            return str(ended.result["message"])
    return f"The command ended with exit code {ended.code}."
