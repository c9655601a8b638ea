"""What sqlfluff takes for names that dbt gives to Jinja: it needs neither dbt nor a warehouse.

Its own stand-ins cover ref, source, config, var, this and is_incremental; the rest is here.
"""

import os

from jinja2 import pass_context
from jinja2.runtime import Undefined

# The database whose macros are used; DuckDB without anything said.
target_type = os.environ.get("SQLFLUFF_TARGET", "duckdb")


class Adapter:
    """The `adapter` of dbt: dispatched macros resolve to the database's own, else to the default."""

    @pass_context
    def dispatch(self, context, name):
        own = context.resolve(f"{target_type}__{name}")
        return context.resolve(f"default__{name}") if isinstance(own, Undefined) else own


class Target:
    database = "tonearm"
    type = target_type


class Flags:
    FULL_REFRESH = False


adapter = Adapter()
flags = Flags()
target = Target()
# As in dbt's first pass over a project: no macro asks the warehouse.
execute = False
