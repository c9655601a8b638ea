"""Kafka to hive-partitioned Parquet (zstd) with Spark Structured Streaming, for comparison.

usage: spark_to_parquet.py BOOTSTRAP TOPIC EVENTS DIRECTORY
Two runs in one session, each from the first offset until it has caught up: the first is cold, the second
warm. Prints for each the seconds, CPU-seconds and peak memory in MB of Python and the JVM together as JSON.
The jars come from Maven Central; Java 17 is needed. Its file sink is exactly once for readers that
honour its `_spark_metadata` folder.
"""

import json
import os
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, date_format, from_json

bootstrap, topic, events, directory = sys.argv[1:5]
events = int(events)
schema = (
    "event_id string, play_id string, user_id string, track_id string, track string, artist string,"
    " album string, timestamp timestamp, duration bigint, skipped boolean, device string, source string,"
    " track_duration bigint, country string, shuffle boolean, offline boolean, private boolean, genre string"
)


def cpu_seconds():
    """Of this process and its children, the JVM among them."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0
    for pid in own_processes():
        fields = open(f"/proc/{pid}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / ticks


def peak_mb():
    total = 0
    for pid in own_processes():
        for line in open(f"/proc/{pid}/status", encoding="ascii"):
            if line.startswith("VmHWM"):
                total += int(line.split()[1]) // 1000
    return total


def own_processes():
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = open(f"/proc/{name}/stat", encoding="ascii").read()
        except OSError:
            continue
        parents[int(name)] = int(stat.rsplit(")", 1)[1].split()[1])
    own = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in own} - own:
        own |= more
    return own


def stream_once(name):
    target = os.path.abspath(os.path.join(directory, name))
    values = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", bootstrap)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .load()
        .select(from_json(col("value").cast("string"), schema).alias("event"), col("timestamp").alias("at"))
    )
    parts = [date_format("at", part).alias(name) for name, part in names]
    query = (
        values.select("event.*", col("at").alias("_received_at"), *parts)
        .writeStream.format("parquet")
        .partitionBy(*(name for name, _ in names))
        .option("compression", "zstd")
        .option("path", target)
        .option("checkpointLocation", target + "-checkpoint")
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    rows = sum(progress["numInputRows"] for progress in query.recentProgress)
    if rows != events:
        raise SystemExit(f"{rows} of {events} records came")


names = (("year", "yyyy"), ("month", "MM"), ("day", "dd"), ("hour", "HH"))
results = {}
started = time.monotonic()
used = 0.0
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.jars.packages", "org.apache.spark:spark-sql-kafka-0-10_2.13:4.0.0")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "2")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
for name in ("cold", "warm"):
    stream_once(name)
    now, cpu = time.monotonic(), cpu_seconds()
    results[name] = {"wall": now - started, "cpu": cpu - used, "rss": peak_mb()}
    started, used = now, cpu
spark.stop()
print(json.dumps(results))
