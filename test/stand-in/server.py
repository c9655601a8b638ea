"""A stand-in for Snowflake on loopback: fakesnow, and what it lacks and this project uses.

Not Snowflake: no rights, no costs, no time travel. Its use is that dbt and the driver of Node meet something that
parses Snowflake's SQL, answers in Snowflake's protocol and holds rows. What it adds to fakesnow:

- external tables: views over the Parquet files of a folder, of those that were there at the last refresh;
- COPY INTO a stage: Parquet files in a folder, with Snowflake's refusal of times with a zone;
- warehouses, monitors, roles, integrations, grants: written down, and shown by SHOW and DESCRIBE;
- SNOWFLAKE.ACCOUNT_USAGE: the statements it was asked and what it makes of them as a bill, for roles that were granted
  both database roles;
- answers as JSON rows, which the driver of Node wants; temporary tables as tables.

Arguments: a port, and a folder that takes the place of all buckets (s3://music/x is <folder>/music/x).
GET /stand-in/statements answers with every statement, its role and its query tag.
"""

import asyncio
import datetime
import gzip
import json
import logging
import re
import sys
import time
import warnings
from base64 import b64decode
from pathlib import Path

import fakesnow.server as server
import objects
import pyarrow as pa
import uvicorn
from account_usage import AccountUsage
from external_tables import ExternalTables
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from unload import unload

warnings.simplefilter("ignore")
for name in ("fakesnow.server", "sqlglot"):
    logging.getLogger(name).setLevel(logging.ERROR)
buckets = Path(sys.argv[2])
tables = ExternalTables(server.shared_fs, buckets)
account = objects.Account()
usage = AccountUsage(server.shared_fs, account)
log: list[dict] = []
sessions: dict[str, dict] = {}
# The connections of fakesnow share one DuckDB: one statement at a time is enough for a test.
turn = asyncio.Lock()


def inner(request: Request, body: dict) -> Request:
    """The request again, with another body."""
    scope = {**request.scope, "headers": [h for h in request.scope["headers"] if h[0] != b"content-encoding"]}
    sent = json.dumps(body).encode()

    async def receive():
        return {"type": "http.request", "body": sent, "more_body": False}

    return Request(scope, receive)


async def body_of(request: Request) -> dict:
    raw = await request.body()
    return json.loads(gzip.decompress(raw) if request.headers.get("content-encoding") == "gzip" else raw)


async def login(request: Request) -> JSONResponse:
    body = await body_of(request)
    data = body["data"]
    data.setdefault("SESSION_PARAMETERS", {})
    if data.get("PASSWORD") == "wrong":
        return failure("390100", "Incorrect username or password was specified.")
    async with turn:
        answer = await server.login_request(inner(request, body))
    answered = json.loads(answer.body)
    sessions[answered["data"]["token"]] = {
        "user": data.get("LOGIN_NAME"),
        "role": request.query_params.get("roleName"),
        "tag": data["SESSION_PARAMETERS"].get("QUERY_TAG", ""),
        "warehouse": request.query_params.get("warehouse"),
    }
    answered["data"]["sessionInfo"]["roleName"] = request.query_params.get("roleName")
    answered["data"]["sessionInfo"]["warehouseName"] = request.query_params.get("warehouse")
    answered["data"] |= {"masterToken": "none", "sessionId": len(sessions), "healthCheckInterval": 45}
    return JSONResponse(answered)


async def query(request: Request) -> JSONResponse:
    body = await body_of(request)
    session = sessions.get(server.to_token(request), {})
    sql = body["sqlText"].strip().rstrip(";")
    plain = re.sub(r"^(\s*--[^\n]*\n|\s*/\*.*?\*/)+", "", sql, flags=re.S).strip()
    statement = {
        "sql": plain, "role": session.get("role"), "tag": session.get("tag"), "user": session.get("user"),
        "warehouse": session.get("warehouse"), "started": time.time(), "seconds": 0.0,
    }
    log.append(statement)
    try:
        return await answered(request, body, sql, plain, session)
    finally:
        statement["seconds"] = time.time() - statement["started"]


async def answered(request: Request, body: dict, sql: str, plain: str, session: dict) -> JSONResponse:
    try:
        async with turn:
            own = await run_in_threadpool(emulated, plain, session, request)
    except objects.Refused as error:
        return failure(error.code, str(error))
    except KeyError as error:
        return failure("002003", f"Object {error} does not exist or not authorized.")
    if own is not None:
        return rows(*own)
    body["sqlText"] = rewritten(sql)
    async with turn:
        answer = await server.query_request(inner(request, body))
    answered = json.loads(answer.body)
    if answer.status_code != 200 or not answered.get("success"):
        return JSONResponse(answered | {"data": answered.get("data") or {}}, status_code=200)
    return JSONResponse(as_json(answered))


def emulated(sql: str, session: dict, request: Request):
    """Columns and rows of a statement that fakesnow does not know; None for the others."""
    if match := re.match(r"use role \"?(\w+)\"?$", sql, re.I):
        session["role"] = match[1].upper()
        return ["status"], [["Statement executed successfully."]]
    if re.match(r"use (warehouse|secondary roles)\b", sql, re.I):
        return ["status"], [["Statement executed successfully."]]
    if match := re.match(r"alter session set query_tag *= *'(.*)'$", sql, re.I | re.S):
        session["tag"] = match[1]
        return ["status"], [["Statement executed successfully."]]
    if re.match(r"alter session unset query_tag", sql, re.I):
        session["tag"] = ""
        return ["status"], [["Statement executed successfully."]]
    # There is no Time Travel here.
    if re.match(r"alter table \S+ set data_retention_time_in_days = \d+$", sql, re.I):
        return ["status"], [["Statement executed successfully."]]
    if re.match(r"create (or replace )?external table\b", sql, re.I):
        account.make("external table", tables.create(sql, account.stages))
        return ["status"], [["External table successfully created."]]
    if match := re.match(r"alter external table (\S+) refresh(?: '([^']*)')?$", sql, re.I):
        return ["file", "status", "description"], tables.refresh(match[1], match[2] or "")
    if match := re.match(r"copy into @(\S+)\s+from\s*\((.*)\)\s*(file_format\b.*)$", sql, re.I | re.S):
        connection = server.to_conn(server.to_token(request))
        cursor = connection.cursor()
        cursor.execute(match[2])
        return unload(cursor._arrow_table, tables.folder(match[1], account.stages), match[3])
    if "snowflake.account_usage." in sql.lower():
        usage.show(session.get("role"), log)
    return account.answer(sql, tables)


def rewritten(sql: str) -> str:
    # A second table of the same name is refused to the connection that has a temporary one.
    sql = re.sub(r"\bcreate(\s+or\s+replace)?\s+temp(orary)?\s+(table|view)\b", r"create or replace \3", sql, flags=re.I)
    # What it creates is not transient, and a schema has no comment.
    sql = re.sub(r"\bcreate(\s+or\s+replace)?\s+transient\s+table\b", r"create\1 table", sql, flags=re.I)
    # Inside greatest() its translation loses the share.
    sql = re.sub(
        r"percentile_cont\(([\d.]+)\)\s+within group\s*\(order by ([\w.]+)\)", r"quantile_cont(\2, \1)", sql, flags=re.I
    )
    # DuckDB's name for the same half of an MD5.
    sql = re.sub(r"\bmd5_number_(lower|upper)64\(", r"md5_number_\1(", sql, flags=re.I)
    if re.match(r"\s*create (database|schema)\b", sql, re.I):
        sql = re.sub(r"\s+(data_retention_time_in_days\s*=\s*\d+|comment\s*=\s*'[^']*')", "", sql, flags=re.I)
    return sql


def as_json(answered: dict) -> dict:
    """The Arrow rows of an answer as JSON, as Snowflake sends them to drivers that read no Arrow."""
    data = answered["data"]
    if data.get("queryResultFormat") == "arrow":
        encoded = data.pop("rowsetBase64")
        table = pa.ipc.open_stream(b64decode(encoded)).read_all() if encoded else None
        columns = [] if table is None else [
            [as_text(value, kind["type"]) for value in column.to_pylist()]
            for column, kind in zip(table.columns, data["rowtype"], strict=True)
        ]
        data |= {"queryResultFormat": "json", "rowset": [list(row) for row in zip(*columns, strict=True)]}
    data["returned"] = len(data.get("rowset", []))
    data.setdefault("total", data["returned"])
    return answered


def as_text(value, kind: str):
    if value is None:
        return None
    if kind == "boolean":
        return "1" if value else "0"
    if kind == "date":
        return str((value - datetime.date(1970, 1, 1)).days)
    if kind.startswith("timestamp"):
        zone = f" {value['timezone']}" if "timezone" in value else ""
        return f"{value['epoch']}.{value['fraction']:09d}{zone}"
    return str(value)


def rows(columns: list[str], values: list[list]) -> JSONResponse:
    kinds = [
        {"name": name, "type": "text", "nullable": True, "length": 16777216, "byteLength": 16777216, "scale": None,
         "precision": None, "database": "", "schema": "", "table": "", "collation": None}
        for name in columns
    ]
    text = [[None if value is None else str(value) for value in row] for row in values]
    return JSONResponse({"success": True, "data": {
        "parameters": [{"name": "TIMEZONE", "value": "Etc/UTC"}], "rowtype": kinds, "rowset": text,
        "queryResultFormat": "json", "total": len(text), "returned": len(text), "queryId": str(len(log)),
        "statementTypeId": 0x1000, "finalDatabaseName": None, "finalSchemaName": None,
    }})


def failure(code: str, message: str) -> JSONResponse:
    data = {"errorCode": code, "sqlState": "42000"}
    return JSONResponse({"data": data, "code": code, "message": message, "success": False})


replaced = {"/session/v1/login-request": login, "/queries/v1/query-request": query}
server.app.router.routes = [
    Route(route.path, replaced[route.path], methods=["POST"]) if route.path in replaced else route
    for route in server.routes
] + [
    Route("/stand-in/statements", lambda _: JSONResponse(log)),
    Route("/telemetry/send", lambda _: JSONResponse({"success": True}), methods=["POST"]),
    Route("/session/token-request", lambda _: JSONResponse({"success": True}), methods=["POST"]),
]

if __name__ == "__main__":
    print("ready", flush=True)
    uvicorn.run(server.app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
