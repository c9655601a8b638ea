"""Pages with AppTest, against a real API. The environment names it; `TONEARM_LISTENER` has history there."""

import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import duckdb
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tonearm_api import Api, ApiProblem  # noqa: E402
from tonearm_marts import Marts, SqlProblem, pointer  # noqa: E402

LISTENER = os.environ["TONEARM_LISTENER"]


def open_app(page: str | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180).run()
    return app if page is None else app.switch_page(page).run()


def texts(elements) -> str:
    return "\n".join(str(element.value) for element in elements)


def elsewhere(**environment: str):
    return mock.patch.dict(os.environ, environment)


class Pages(unittest.TestCase):
    def sound(self, app: AppTest) -> AppTest:
        self.assertEqual(texts(app.exception), "")
        self.assertEqual(texts(app.error), "")
        return app

    def test_listening_shows_now_and_trends_of_everyone(self):
        app = self.sound(open_app())
        self.assertEqual([one.value for one in app.header], ["Playing now", "Trends"])
        self.assertIn("Listeners now", [one.label for one in app.metric])
        self.assertIn("Top tracks", [one.value for one in app.subheader])
        self.assertIn("Marts of", texts(app.caption))

    def test_a_listener_is_found_by_a_part_of_the_name_and_has_their_own_trends(self):
        app = open_app()
        app.text_input(key="listener-part").set_value(LISTENER[:-1]).run()
        self.assertIn(LISTENER, app.selectbox(key="listener").options)
        everyone = app.metric[4].value
        app.selectbox(key="listener").set_value(LISTENER).run()
        self.sound(app)
        self.assertNotEqual(app.metric[4].value, everyone)
        app.text_input(key="listener-part").set_value("nobody is called so").run()
        self.assertIn("No listener's name contains", texts(app.caption))
        self.sound(app)

    def test_a_day_without_plays_says_so(self):
        app = open_app()
        for period in ["7 days", "All time"]:
            app.segmented_control(key="period").set_value(period).run()
            self.sound(app)

    def test_the_hours_of_the_week_are_of_the_period_that_is_chosen(self):
        with mock.patch.object(Api, "get", autospec=True, side_effect=Api.get) as get:
            app = open_app()
            app.segmented_control(key="period").set_value("All time").run()
        asked = [call.kwargs["from"] for call in get.call_args_list if call.args[1] == "/api/trends/clock"]
        self.assertEqual([start is None for start in asked], [False, True])

    def test_recommendations_give_reasons_or_say_that_there_is_no_list_yet(self):
        app = open_app("views/recommendations.py")
        self.sound(app)
        self.assertEqual(len(app.dataframe) + len(app.info), 1 + (len(app.dataframe) > 1))
        app.slider(key="adventure").set_value(1.0).run()
        self.sound(app)
        app.text_input(key="track-part").set_value("no track is called so").run()
        self.sound(app)
        self.assertIn("No track's name", texts(app.info))

    def test_sql_answers_and_bad_sql_is_one_sentence(self):
        app = self.sound(open_app("views/sql.py"))
        app.button[0].click().run()
        self.sound(app)
        self.assertIn("rows in", texts(app.caption) + "rows in" * ("row in" in texts(app.caption)))
        for sql, said in [
            ("selec 1", "syntax error"),
            ("select * from gold.nothing", "nothing"),
            ("drop view gold.track_charts", "Only SELECT"),
            ("select 1; select 2", "one statement"),
            ("", "one statement"),
        ]:
            app.text_area(key="sql").set_value(sql)
            app.button[0].click().run()
            self.assertEqual(texts(app.exception), "")
            self.assertEqual(len(app.error), 1, sql)
            self.assertIn(said, app.error[0].value)
            self.assertNotIn("\n", app.error[0].value)

    def test_an_api_that_is_away_is_one_sentence_and_sql_still_works(self):
        with elsewhere(TONEARM_API_URL="http://127.0.0.1:9"):
            for page in [None, "views/recommendations.py", "views/sql.py"]:
                app = open_app(page)
                self.assertEqual(texts(app.exception), "")
                self.assertIn("does not answer: start it with ./tonearm up", app.error[0].value)
            app.button[0].click().run()
            self.assertEqual(len(app.error), 1)

    def test_before_the_first_publish_every_page_says_what_to_do(self):
        with elsewhere(TONEARM_API_URL=os.environ["TONEARM_EMPTY_API_URL"], TONEARM_MARTS="/nonexistent"):
            for page in [None, "views/recommendations.py", "views/sql.py"]:
                app = self.sound(open_app(page))
                self.assertIn("./tonearm run", texts(app.info))


class Asking(unittest.TestCase):
    def test_an_unchanged_answer_is_not_sent_again(self):
        api = Api(os.environ["TONEARM_API_URL"])
        first = api.get("/api/trends/daily")
        with mock.patch("requests.Response.json", side_effect=AssertionError("a body came")):
            self.assertIs(api.get("/api/trends/daily"), first)

    def test_what_the_api_refuses_is_said_in_its_words(self):
        with self.assertRaisesRegex(ApiProblem, "limit"):
            Api(os.environ["TONEARM_API_URL"]).get("/api/trends/top", limit=0)


class ReadingMarts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.marts = Marts(pointer()["directory"])

    def test_nothing_but_the_marts_can_be_read_and_nothing_written(self):
        file = pointer()["directory"] + "/daily_listening_stats.parquet"
        secret = "a python variable"  # noqa: F841
        for sql in [
            "select * from read_text('/etc/hostname')",
            "from '/etc/hostname'",
            "select * from glob('/etc/*')",
            f"select * from read_parquet('{Path(file).parent.parent}/current.json')",
            "select * from read_csv('https://example.org/x.csv')",
            "from secret",
            "from os.environ",
            f"copy (select 1) to '{file}'",
            f"explain analyze copy (select 1) to '{file}'",
            "attach '/tmp/x.duckdb'",
            "set enable_external_access = true",
            "install httpfs",
            "create table gold.mine as select 1",
        ]:
            with self.subTest(sql), self.assertRaises(SqlProblem):
                self.marts.query(sql)
        table, _ = self.marts.query("select count(*) as days from gold.daily_listening_stats")
        self.assertGreater(table.column("days")[0].as_py(), 0)

    def test_of_a_key_that_later_files_hold_again_the_newest_row_is_read(self):
        with tempfile.TemporaryDirectory() as folder:
            for part, rows in {1: "('ana', 1, 7), ('ben', 1, 7)", 9: "('ana', 2, 9)", 10: "('ana', 3, 10)"}.items():
                duckdb.sql(
                    f"copy (from (values {rows}) as r (user_id, plays, built_from_version)) to '{folder}/listening_clock.{part}.parquet'"
                )
            Path(folder, "manifest.json").write_text('{"newest_by": {"listening_clock": ["user_id"]}}', encoding="utf-8")
            table, _ = Marts(folder).query("select user_id, plays from gold.listening_clock order by all")
            self.assertEqual(table.to_pylist(), [{"user_id": "ana", "plays": 3}, {"user_id": "ben", "plays": 1}])

    def test_what_builds_counted_is_added_up_by_the_statement_of_the_manifest(self):
        with tempfile.TemporaryDirectory() as folder:
            for part, rows in {1: "('ana', 't', 2), ('ben', 't', 1)", 9: "('ana', 't', 3), ('ana', 'liked', 0)"}.items():
                duckdb.sql(f"copy (from (values {rows}) as r (user_id, track_id, plays)) to '{folder}/listener_tracks.{part}.parquet'")
            statement = "select user_id, track_id, sum(plays)::bigint as plays from {rows} group by all having sum(plays) > 0"
            Path(folder, "manifest.json").write_text(json.dumps({"added_up": {"listener_tracks": statement}}), encoding="utf-8")
            table, _ = Marts(folder).query("select user_id, plays from gold.listener_tracks order by all")
            self.assertEqual(table.to_pylist(), [{"user_id": "ana", "plays": 5}, {"user_id": "ben", "plays": 1}])

    def test_more_rows_than_are_shown_are_cut_and_said(self):
        table, more = self.marts.query("from range(1000000)")
        self.assertTrue(more)
        self.assertEqual(table.num_rows, 10_000)

    def test_sums_are_numbers_and_equal_names_are_told_apart(self):
        table, more = self.marts.query("select sum(plays) as a, 1.5::decimal(9, 1) as a from gold.daily_listening_stats")
        self.assertFalse(more)
        self.assertEqual([str(one) for one in table.schema.types], ["int64", "double"])
        self.assertEqual(table.column_names, ["a", "a_2"])

    def test_a_statement_that_takes_too_long_is_stopped(self):
        with mock.patch("tonearm_marts.MOST_SECONDS", 0.2), self.assertRaisesRegex(SqlProblem, "was stopped"):
            self.marts.query("select count(*) from range(10000000000) a where hash(a.range) % 7 = 8")


if __name__ == "__main__":
    unittest.main(verbosity=2)
