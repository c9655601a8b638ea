"""Read-only SQL over the published marts, and over nothing else."""

import json
import os
import threading
from pathlib import Path

import duckdb
import pyarrow as pa
import streamlit as st

MOST_ROWS = 10_000
MOST_SECONDS = 30


class SqlProblem(Exception):
    """One sentence: why a statement was not run, or failed."""


def pointer() -> dict | None:
    """What is published now: version, published_at, directory. None before the first publish."""
    directory = Path(os.environ.get("TONEARM_MARTS", "data/marts")).resolve()
    try:
        current = json.loads((directory / "current.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return {**current, "directory": str(directory / current["version"])}


class Marts:
    """One published version: its Parquet files as views `gold.<table>` of a locked DuckDB in memory."""

    def __init__(self, directory: str):
        files = sorted(Path(directory).glob("*.parquet"))
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "threads": "2",
                "memory_limit": "1GB",
                "autoinstall_known_extensions": "false",
                # Names of Python variables are no tables.
                "python_enable_replacements": "false",
            },
        )
        run = self._connection.execute
        run("set timezone = 'UTC'; set temp_directory = ''; create schema gold")
        # `<table>.parquet`, `<table>.<part>.parquet` for each part, `<table>.<part>.<slice>.parquet` for each slice of one.
        parts: dict[str, list[str]] = {}
        for file in sorted(files, key=_part):
            parts.setdefault(file.name.split(".")[0], []).append(_literal(str(file)))
        self.tables = sorted(parts)
        manifest = _manifest(Path(directory))
        for table, paths in parts.items():
            key = manifest.get("newest_by", {}).get(table)
            addition = manifest.get("added_up", {}).get(table)
            run(f'create view gold."{table}" as from {_rows(paths, key, addition)}')
        # From here on no statement reaches another file, the network or these settings.
        run(f"set allowed_paths = [{', '.join(_literal(str(file)) for file in files)}]")
        run("set enable_external_access = false; set lock_configuration = true")

    def columns(self) -> list[tuple[str, str, str]]:
        """Table, column and type of everything that can be asked."""
        return self._connection.cursor().execute(
            "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'gold' order by all"
        ).fetchall()

    def query(self, sql: str) -> tuple[pa.Table, bool]:
        """Rows of one SELECT, and whether there are more than are shown. Raises SqlProblem."""
        self._refuse_writes(sql)
        cursor = self._connection.cursor()
        timer = threading.Timer(MOST_SECONDS, cursor.interrupt)
        timer.start()
        try:
            cursor.execute(sql)
            batches, rows = [], 0
            reader = cursor.to_arrow_reader(MOST_ROWS + 1)
            while rows <= MOST_ROWS:
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    break
                batches.append(batch)
                rows += batch.num_rows
            table = pa.Table.from_batches(batches, schema=reader.schema)
        except duckdb.InterruptException:
            raise SqlProblem(f"The statement took more than {MOST_SECONDS} s and was stopped: ask for less.") from None
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            raise SqlProblem(_first_line(error)) from None
        finally:
            timer.cancel()
            cursor.close()
        return _plain(table.slice(0, MOST_ROWS)), rows > MOST_ROWS

    def _refuse_writes(self, sql: str) -> None:
        try:
            statements = self._connection.extract_statements(sql)
        except duckdb.Error as error:
            raise SqlProblem(_first_line(error)) from None
        if len(statements) != 1:
            raise SqlProblem("Ask one statement at a time.")
        if statements[0].type != duckdb.StatementType.SELECT:
            raise SqlProblem("Only SELECT is possible here: the marts are published by ./tonearm run, and nothing else writes them.")


def _part(file: Path | str) -> tuple[int, ...]:
    """Part and slice of the name of a file."""
    return tuple(int(place) for place in Path(file).name.split(".")[1:] if place.isdecimal())


def _manifest(directory: Path) -> dict[str, dict]:
    """What is to be known of the files: `newest_by` and `added_up` name tables that hold a key more than once."""
    try:
        return json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _rows(paths: list[str], key: list[str] | None, addition: str | None) -> str:
    """The rows of a table's files, the oldest first: of each key added up, or the newest. As src/warehouse/mart-files.ts."""
    everything = f"read_parquet([{', '.join(paths)}])"
    if addition is not None:
        return f"({addition.replace('{rows}', everything)})"
    later = [path for path in paths if _part(path)[:1] != _part(paths[0])[:1]]
    if key is None or not later:
        return everything
    return f"""(select given.* from {everything} as given
        left join (
          select {", ".join(key)}, max(built_from_version) as newest_version
          from read_parquet([{", ".join(later)}]) group by all
        ) as newer on {" and ".join(f"given.{one} = newer.{one}" for one in key)}
        where newer.newest_version is null or given.built_from_version >= newer.newest_version)"""


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]


def _plain(table: pa.Table) -> pa.Table:
    """Sums come as decimals of 38 digits: whole numbers and floats are easier to read. Names become unique."""
    names: list[str] = []
    for name in table.column_names:
        again = sum(1 for other in table.column_names[: len(names)] if other == name)
        names.append(name if again == 0 else f"{name}_{again + 1}")
    columns = []
    for column in table.columns:
        if pa.types.is_decimal(column.type):
            target = pa.int64() if column.type.scale == 0 else pa.float64()
            try:
                column = column.cast(target)
            except pa.ArrowInvalid:
                column = column.cast(pa.float64())
        columns.append(column)
    return pa.table(columns, names=names)


@st.cache_resource(max_entries=2)
def marts_of(directory: str) -> Marts:
    """One for all visitors of a version; a version never changes."""
    return Marts(directory)
