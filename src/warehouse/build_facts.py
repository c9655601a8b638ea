"""What is told of a build beside its results: the graph of the models, rows of tables, rows that tests found.

Rows are asked for here and not by `store_failures`, which writes a table for every test in every build.
"""

from decimal import Decimal

# Enough to see what is wrong; the SQL finds the rest.
MOST_ROWS = 50
MOST_CHARACTERS = 300


def graph(manifest) -> dict:
    """Sources, models, exposures and tests of the project, as the manifest knows them."""
    things = [
        *manifest.sources.values(),
        *(node for node in manifest.nodes.values() if node.resource_type == "model"),
        *manifest.exposures.values(),
    ]
    tests = [node for node in manifest.nodes.values() if node.resource_type == "test"]
    return {"nodes": [describe_node(thing) for thing in things], "tests": [describe_test(node) for node in tests]}


def describe_node(node) -> dict:
    return {
        "id": node.unique_id,
        "type": str(getattr(node.resource_type, "value", node.resource_type)),
        "name": getattr(node, "identifier", None) or getattr(node, "alias", None) or node.name,
        "schema": getattr(node, "schema", ""),
        "description": node.description,
        "materialized": getattr(getattr(node, "config", None), "materialized", None),
        "tags": list(getattr(node, "tags", [])),
        "columns": [
            {"name": column.name, "type": column.data_type, "description": column.description}
            for column in getattr(node, "columns", {}).values()
        ],
        "depends_on": list(getattr(getattr(node, "depends_on", None), "nodes", [])),
        "url": getattr(node, "url", None),
    }


def describe_test(node) -> dict:
    metadata = getattr(node, "test_metadata", None)
    arguments = {} if metadata is None else dict(metadata.kwargs)
    arguments.pop("model", None)
    first = node.raw_code.lstrip().splitlines()[0:3] if metadata is None else []
    comment = " ".join(line[3:] for line in first if line.startswith("-- "))
    return {
        "id": node.unique_id,
        "name": node.name,
        "kind": "query" if metadata is None else metadata.name,
        "arguments": arguments,
        "column": getattr(node, "column_name", None),
        "model": getattr(node, "attached_node", None),
        "depends_on": list(node.depends_on.nodes),
        "severity": str(node.config.severity).lower(),
        "description": node.description or comment,
    }


def look_at(result) -> dict:
    """Rows of a table that was built, or the first rows that a test found."""
    node, status = result.node, str(getattr(result.status, "value", result.status))
    is_table = getattr(node.config, "materialized", None) in ("table", "incremental")
    try:
        if node.resource_type == "model" and status == "success" and is_table:
            _, rows = ask(f"select count(*) from {node.relation_name}", 1)
            return {"rows": int(rows[0][0])}
        if node.resource_type == "test" and status in ("fail", "warn"):
            columns, rows = ask(node.compiled_code, MOST_ROWS)
            return {"failing": {"columns": columns, "rows": [[shown(value) for value in row] for row in rows]}}
    except Exception:  # noqa: BLE001 - the result stands without it
        pass
    return {}


def ask(sql: str, most: int) -> tuple:
    from dbt.adapters.factory import FACTORY

    adapter = next(iter(FACTORY.adapters.values()))
    with adapter.connection_named("build_facts"):
        _, table = adapter.execute(sql, fetch=True, limit=most)
        return list(table.column_names), [list(row) for row in table.rows]


def shown(value: object) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    # dbt's tables hold whole numbers as decimals.
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    text = str(value)
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…"
