"""One warm dbt process: a JSON request a line on standard input, JSON answers on standard output.

Loading dbt costs seconds, a build of a few new files does not, so the process stays for as long as
its parent does. It ends when standard input closes.
"""

import gc
import json
import os
import sys
import time

LOCK_WAIT_SECONDS = 30
# Of a file that is made here. At a checkpoint DuckDB then writes of a long table what changed, and not the place of
# every part of it. The default is what readers of 2024 understand.
STORAGE_VERSION = "v1.5.0"


def main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    # dbt prints; the answers' stream must stay clean.
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, sys.stdout.fileno())

    def answer(kind: str, **fields: object) -> None:
        answers.write(json.dumps({"kind": kind, **fields}, default=str) + "\n")

    import build_facts

    on_duckdb = sys.argv[1] == "duckdb"
    if on_duckdb:
        import duckdb
        import lake_access
    from dbt.cli.main import dbtRunner

    manifest = None
    answer("ready")
    for line in sys.stdin:
        request = json.loads(line)
        os.environ.update(request["environment"])
        try:
            if on_duckdb:
                lake_access.statements = request["connection_statements"]
                wait_for_warehouse(duckdb, request["warehouse"])
            common = [
                "--project-dir", request["project"],
                "--profiles-dir", request["profiles"],
                "--target-path", request["target"],
                "--log-path", request["logs"],
                "--vars", json.dumps(request["vars"]),
            ]
            if manifest is None:
                parsed = dbtRunner().invoke(["--quiet", "parse", *common])
                if not parsed.success:
                    answer("failed", message=first_line(parsed.exception))
                    continue
                manifest = parsed.result
                answer("graph", **build_facts.graph(manifest))
            # A build leaves compiled code in its manifest, which the next one must not see.
            callbacks = [lambda event: on_event(event, answer)]
            # Unit tests look at the code, not at the data: the test suite runs them.
            arguments = ["--quiet", "build", "--exclude-resource-type", "unit_test", *common]
            if request["full_refresh"]:
                arguments.append("--full-refresh")
            if request["without"]:
                # With them go the tests that look at them.
                arguments += ["--exclude", *request["without"]]
            built = dbtRunner(manifest=manifest.deepcopy(), callbacks=callbacks).invoke(arguments)
            failure = first_line(built.exception) if built.result is None else None
            results = built.result.results if failure is None else []
            nodes = [{**describe(result), **build_facts.look_at(result)} for result in results]
            results = None
            # What a failed model left behind may hold a cursor, and with it the warehouse.
            built = None
            release_warehouse(on_duckdb)
            if failure is None:
                answer("built", nodes=nodes)
            else:
                answer("failed", message=failure)
        except WarehouseLocked as error:
            answer("locked", message=str(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
            answer("failed", message=first_line(error))


class WarehouseLocked(Exception):
    """Another process kept the warehouse file for too long."""


def wait_for_warehouse(duckdb, path: str) -> None:
    """DuckDB lets one process write: wait until nobody else holds the file."""
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            duckdb.connect(path, config={"storage_compatibility_version": STORAGE_VERSION}).close()
            return
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise
            if time.monotonic() > deadline:
                raise WarehouseLocked(f"{path} is in use by another process.") from error
            time.sleep(0.1)


def release_warehouse(on_duckdb: bool) -> None:
    """dbt keeps its connections for the life of the process; others must open DuckDB's file between builds, and
    Snowflake's session must not go stale."""
    from dbt.adapters.factory import FACTORY

    for adapter in FACTORY.adapters.values():
        adapter.cleanup_connections()
    if on_duckdb:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()
    gc.collect()


def on_event(event, answer) -> None:
    if event.info.name in ("LogModelResult", "LogTestResult"):
        answer("progress", message=event.info.msg.strip())


def describe(result) -> dict:
    node = result.node
    return {
        "id": node.unique_id,
        "name": node.name,
        "type": str(getattr(node.resource_type, "value", node.resource_type)),
        "status": str(getattr(result.status, "value", result.status)),
        "seconds": result.execution_time,
        "message": result.message,
        "failures": result.failures,
        "sql": getattr(node, "compiled_code", None),
        "path": node.original_file_path,
        "severity": str(getattr(node.config, "severity", "")),
        "completed_at": completion(result),
    }


def completion(result) -> str | None:
    ends = [part.completed_at for part in result.timing or [] if part.completed_at]
    return None if not ends else max(ends).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def first_line(error: object) -> str:
    lines = [text.strip() for text in str(error).splitlines() if text.strip()]
    return " ".join(lines[:3]) if lines else "dbt failed without a message"


if __name__ == "__main__":
    main()
