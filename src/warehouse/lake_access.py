"""Lets dbt's connections read a lake in an object store. A plugin of dbt-duckdb: it runs no statement that dbt
would log, and the keys are only in memory."""

from dbt.adapters.duckdb.plugins import BasePlugin

# What each new connection runs first: told to the runner with its last request. Nothing for a lake of files.
statements: list[str] = []


class Plugin(BasePlugin):
    def configure_connection(self, conn) -> None:
        for statement in statements:
            try:
                conn.execute(statement)
            except Exception as error:
                # The message of a failed statement may quote it.
                kind = type(error).__name__
                raise RuntimeError(f"DuckDB could not be told how to read the lake ({kind}).") from None
