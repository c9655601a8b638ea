"""External tables as views over Parquet files: a file counts from the refresh that found it."""

import re
from pathlib import Path

types = {"varchar": "varchar", "timestamp_tz": "timestamptz", "bigint": "bigint", "integer": "bigint", "boolean": "boolean"}


class ExternalTables:
    def __init__(self, snowflake, buckets: Path):
        self.snowflake = snowflake
        self.buckets = buckets
        self.tables: dict[str, dict] = {}

    def folder(self, location: str, stages: dict[str, str]) -> Path:
        """Folder of `database.schema.stage/path`."""
        stage, _, path = location.partition("/")
        url = re.sub(r"^(s3|file)://", "", stages[stage.upper()])
        return self.buckets / url.strip("/") / path

    def create(self, sql: str, stages: dict[str, str]) -> str:
        """Makes the view; answers with the table's name."""
        name, inside, rest = re.match(
            r"create or replace external table (\S+) \((.*?)\n\)\s*partition by(.*)$", sql, re.I | re.S
        ).groups()
        columns = re.findall(r"^\s*(\w+) (\w+) as \((.*)\),?$", inside, re.M)
        assert len(columns) == len(inside.strip().splitlines()), "a column was not understood"
        location = re.search(r"location = @(\S+)", rest)[1]
        pattern = re.search(r"pattern = '([^']*)'", rest)[1]
        self.tables[name.upper()] = {
            "columns": columns,
            "folder": self.folder(location, stages),
            "pattern": re.compile(pattern),
            "files": set(),
        }
        if "refresh_on_create = true" in rest:
            self.refresh(name, "")
        return name.upper()

    def refresh(self, name: str, prefix: str) -> list[list[str]]:
        """Takes in what is in a folder of the table and was not, takes out what is not there any more."""
        table = self.tables[name.upper()]
        root = table["folder"]
        below = {path for path in table["files"] if str(path.relative_to(root)).startswith(prefix)}
        found = {
            path
            for path in (root / prefix).rglob("*.parquet")
            if table["pattern"].fullmatch("/" + str(path.relative_to(self.buckets)))
        }
        table["files"] = (table["files"] - below) | found
        self.show(name.upper())
        return [[str(path.relative_to(root)), "REGISTERED_NEW", "File registered successfully."] for path in found - below] + [
            [str(path.relative_to(root)), "UNREGISTERED", "File unregistered."] for path in below - found
        ]

    def show(self, name: str) -> None:
        table = self.tables[name]
        own = [(column, types[kind], text) for column, kind, text in table["columns"]]
        stored = [(column, kind) for column, kind, text in own if text == f"value:{column}::{dict((c, k) for c, k, _ in table['columns'])[column]}"]
        empty = ", ".join(f'cast(null as {kind}) as "{column}"' for column, kind in stored)
        source = f"select {empty}, cast(null as varchar) as filename where false"
        if table["files"]:
            files = ", ".join(f"'{path}'" for path in sorted(table["files"]))
            source += f" union all by name select * from read_parquet([{files}], filename = true, union_by_name = true, hive_partitioning = false)"
        # The path within the bucket.
        bucket = self.buckets / table["folder"].relative_to(self.buckets).parts[0]
        file = f"substr(filename, {len(str(bucket)) + 2})"
        shown = ", ".join(
            f'"{column}" as "{column.upper()}"' if (column, kind) in stored
            else f'cast({self.expression(text, file)} as {kind}) as "{column.upper()}"'
            for column, kind, text in own
        )
        cursor = self.snowflake.duck_conn.cursor()
        cursor.execute(f"create or replace view {name} as select {shown} from ({source}) as files")
        cursor.close()

    @staticmethod
    def expression(text: str, file: str) -> str:
        return text.replace("to_number(", "(").replace("metadata$filename", file)
