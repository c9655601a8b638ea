"""What sqlfluff takes for names that dbt gives to Jinja: it needs neither dbt nor a warehouse.

Its own stand-ins cover ref, source, config, var, this and is_incremental; the rest is here.
"""

from jinja2 import pass_context


class Adapter:
    """The `adapter` of dbt: dispatched macros resolve to DuckDB's."""

    @pass_context
    def dispatch(self, context, name):
        return context.resolve(f"duckdb__{name}")


class Flags:
    FULL_REFRESH = False


adapter = Adapter()
flags = Flags()
# As in dbt's first pass over a project: no macro asks the warehouse.
execute = False
