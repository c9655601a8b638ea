"""COPY INTO a stage, as Parquet: as Snowflake writes it, in several files, whole numbers as decimals."""

import re
import shutil
from pathlib import Path

import objects
import pyarrow as pa
import pyarrow.parquet as parquet


def unload(table: pa.Table, folder: Path, options: str) -> tuple[list[str], list[list]]:
    for wanted in ("type = parquet", "header = true", "overwrite = true"):
        if wanted not in options.lower():
            raise objects.Refused("002000", f"The stand-in unloads with {wanted} only.")
    for field in table.schema:
        if pa.types.is_timestamp(field.type) and field.type.tz is not None:
            raise objects.Refused(
                "002000",
                "Error encountered when unloading to PARQUET: TIMESTAMP_TZ and LTZ types are not supported for unloading to Parquet.",
            )
    table = pa.table(
        {field.name.upper(): whole(table.column(i), field.type) for i, field in enumerate(table.schema)}
    )
    if folder.exists():
        shutil.rmtree(folder)
    if table.num_rows > 0:
        folder.mkdir(parents=True)
        half = (table.num_rows + 1) // 2
        for place, start in enumerate(range(0, table.num_rows, half)):
            parquet.write_table(table.slice(start, half), folder / f"data_0_{place}_0.snappy.parquet")
    assert re.search(r"max_file_size = \d+", options)
    return ["rows_unloaded", "input_bytes", "output_bytes"], [[table.num_rows, table.nbytes, table.nbytes]]


def whole(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return column.cast(pa.decimal128(38, 0)) if pa.types.is_integer(kind) else column
