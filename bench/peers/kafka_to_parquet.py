"""Kafka to hive-partitioned Parquet (zstd) with Python libraries, for comparison.

usage: kafka_to_parquet.py WAY BOOTSTRAP TOPIC EVENTS DIRECTORY
WAY: json, orjson (a dictionary a record, then pyarrow), arrow (pyarrow's JSON reader on
joined bytes), quixstreams (its file sink; it does not partition by time of receipt).
Prints seconds, CPU-seconds and peak memory in MB as JSON. None of them is exactly once.
"""

import json
import os
import resource
import sys
import time
from datetime import datetime, timezone

way, bootstrap, topic, events, directory = sys.argv[1:6]
events = int(events)
batch_records = 100_000


def with_confluent():
    import pyarrow as pa
    import pyarrow.dataset as dataset
    import pyarrow.json as arrow_json
    from confluent_kafka import Consumer

    if way == "orjson":
        import orjson

        loads = orjson.loads
    else:
        loads = json.loads
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"peer-{way}-{os.getpid()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "fetch.max.bytes": 64_000_000,
            "queued.max.messages.kbytes": 131_072,
        }
    )
    consumer.subscribe([topic])
    read = 0
    number = 0
    while read < events:
        messages = consumer.consume(10_000, 5.0)
        batch = list(messages)
        while len(batch) < batch_records and read + len(batch) < events and messages:
            messages = consumer.consume(10_000, 5.0)
            batch.extend(messages)
        if not batch:
            raise SystemExit(f"only {read} of {events} records came")
        read += len(batch)
        hours = [datetime.fromtimestamp(m.timestamp()[1] / 1000, timezone.utc) for m in batch]
        if way == "arrow":
            joined = b"\n".join(m.value() for m in batch)
            table = arrow_json.read_json(
                pa.BufferReader(joined), read_options=arrow_json.ReadOptions(block_size=64 << 20)
            )
        else:
            table = pa.Table.from_pylist([loads(m.value()) for m in batch])
        for name, part in (("year", "%Y"), ("month", "%m"), ("day", "%d"), ("hour", "%H")):
            table = table.append_column(name, pa.array([hour.strftime(part) for hour in hours]))
        dataset.write_dataset(
            table,
            directory,
            format="parquet",
            partitioning=["year", "month", "day", "hour"],
            partitioning_flavor="hive",
            basename_template=f"part-{number}-{{i}}.parquet",
            existing_data_behavior="overwrite_or_ignore",
            file_options=dataset.ParquetFileFormat().make_write_options(compression="zstd"),
        )
        number += 1
    consumer.close()


def with_quixstreams():
    from quixstreams import Application
    from quixstreams.sinks.community.file.local import LocalFileSink
    from quixstreams.sinks.community.file.formats import ParquetFormat

    application = Application(
        broker_address=bootstrap,
        consumer_group=f"peer-quix-{os.getpid()}",
        auto_offset_reset="earliest",
        commit_every=batch_records,
        loglevel="ERROR",
    )
    frame = application.dataframe(application.topic(topic, value_deserializer="json"))
    frame.sink(LocalFileSink(directory=directory, format=ParquetFormat(compression="zstd")))
    application.run(count=events, timeout=60)


started = time.monotonic()
with_quixstreams() if way == "quixstreams" else with_confluent()
usage = resource.getrusage(resource.RUSAGE_SELF)
peak = next(
    int(line.split()[1]) // 1000
    for line in open("/proc/self/status", encoding="ascii")
    if line.startswith("VmHWM")
)
print(
    json.dumps(
        {
            "wall": time.monotonic() - started,
            "cpu": usage.ru_utime + usage.ru_stime,
            "rss": peak,
        }
    )
)
