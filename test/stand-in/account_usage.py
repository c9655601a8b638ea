"""SNOWFLAKE.ACCOUNT_USAGE: what was asked, and a bill for it. Nothing lags here, as it does at Snowflake."""

import datetime

import objects

needed = {"SNOWFLAKE.USAGE_VIEWER", "SNOWFLAKE.GOVERNANCE_VIEWER"}
credits_an_hour = 1
suspend_seconds = 60


class AccountUsage:
    def __init__(self, snowflake, account: objects.Account):
        self.snowflake = snowflake
        self.account = account
        self.made = False

    def show(self, role: str | None, log: list[dict]) -> None:
        """Fills the views for a role that may read them."""
        granted = {name for privilege, name, _, to in self.account.grants if privilege == "database role" and to == role}
        if not needed <= granted and role != "ACCOUNTADMIN":
            raise objects.Refused("002003", "SQL compilation error: Database 'SNOWFLAKE' does not exist or not authorized.")
        cursor = self.snowflake.duck_conn.cursor()
        if not self.made:
            cursor.execute("attach ':memory:' as snowflake; create schema snowflake.account_usage")
            self.made = True
        cursor.execute(
            """create or replace table snowflake.account_usage.query_history (
                start_time timestamp, warehouse_name varchar, query_tag varchar, role_name varchar, total_elapsed_time bigint);
            create or replace table snowflake.account_usage.warehouse_metering_history (
                start_time timestamp, warehouse_name varchar, credits_used double);
            create or replace table snowflake.account_usage.database_storage_usage_history (
                usage_date date, database_name varchar, average_database_bytes double, average_failsafe_bytes double)"""
        )
        asked = [one for one in log[:-1] if one["warehouse"]]
        for one in asked:
            cursor.execute(
                "insert into snowflake.account_usage.query_history values (?, ?, ?, ?, ?)",
                [moment(one["started"]), one["warehouse"], one["tag"], one["role"], round(one["seconds"] * 1000)],
            )
        for (warehouse, hour), seconds in awake(asked).items():
            cursor.execute(
                "insert into snowflake.account_usage.warehouse_metering_history values (?, ?, ?)",
                [moment(hour * 3600), warehouse, seconds / 3600 * credits_an_hour],
            )
        today = moment(asked[-1]["started"]).date() if asked else datetime.date.today()
        for database in {"TONEARM"}:
            cursor.execute(
                "insert into snowflake.account_usage.database_storage_usage_history values (?, ?, ?, ?)",
                [today, database, 2e9, 1e9],
            )
        cursor.close()


def awake(asked: list[dict]) -> dict[tuple[str, int], float]:
    """Seconds by warehouse and hour: from a statement until it has been idle for as long as it takes to suspend."""
    seconds: dict[tuple[str, int], float] = {}
    until: dict[str, float] = {}
    for one in asked:
        name = one["warehouse"]
        begin = max(one["started"], until.get(name, 0))
        end = max(begin, one["started"] + one["seconds"] + suspend_seconds)
        until[name] = end
        key = (name, int(one["started"] // 3600))
        seconds[key] = seconds.get(key, 0) + end - begin
    return seconds


def moment(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(tzinfo=None)
