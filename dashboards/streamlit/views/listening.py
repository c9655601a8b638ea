"""What is playing now, and listening over time."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import altair as alt
import pandas as pd
import streamlit as st

from tonearm_api import ApiProblem, api
from views.listener_picker import pick_listener

PERIODS = {"7 days": 7, "30 days": 30, "90 days": 90, "1 year": 365, "All time": None}
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
BLUE = "#1f6fb2"


@st.fragment(run_every="2s")
def now_playing() -> None:
    """Asks the live view every two seconds; the rest of the page stays as it is."""
    try:
        live = api().get("/api/live")
    except ApiProblem as problem:
        st.error(str(problem))
        return
    late = live["lag_ms"] / 1000
    behind = "" if live["state"] == "live" else f", {live['state']}: {live['behind_records']:,} records to read"
    st.caption(f"As of {live['now'][11:19]} UTC, {late:.1f} s behind the events{behind}")
    numbers = st.columns(4)
    numbers[0].metric("Listeners now", f"{live['listeners_playing']:,}")
    numbers[1].metric("Plays a minute", f"{live['rates']['plays_per_minute']:,.0f}")
    skipped = live["skip_rate"]
    numbers[2].metric("Skipped, last 10 min", "–" if skipped is None else f"{skipped:.0%}")
    numbers[3].metric("In private", f"{live['private_listeners']:,}", help="Counted, never shown.")
    if not live["now_playing"]:
        st.info("Nothing is playing at the moment.")
        return
    playing, top, minutes = st.columns([5, 3, 4])
    with playing:
        rows = [
            {"Listener": one["user_id"], "Track": one["track"], "Artist": one["artist"], "On": one["device"]}
            for one in live["now_playing"]
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height=260)
    with top:
        rows = [{"Top tracks now": f"{one['track']} – {one['artist']}", "Starts": one["starts"]} for one in live["top_tracks"]]
        st.dataframe(pd.DataFrame(rows, columns=["Top tracks now", "Starts"]), hide_index=True, height=260)
    with minutes:
        frame = pd.DataFrame(live["per_minute"][:-1])
        frame["minute"] = pd.to_datetime(frame["minute"], utc=True)
        frame = frame.rename(columns={"minute": "Time, UTC", "plays": "Plays", "skips": "Skips"})
        st.line_chart(frame, x="Time, UTC", y=["Plays", "Skips"], color=[BLUE, "#b3365e"], y_label="a minute", height=260)


def last_day(listener: str | None, of_everyone: str) -> str:
    """A listener's own last day: an imported history may have ended years ago."""
    if listener is None:
        return of_everyone
    return api().get(f"/api/listeners/{quote(listener, safe='')}")["last_played_at"][:10]


def first_day(period: str, last: str) -> str | None:
    days = PERIODS[period]
    return None if days is None else (date.fromisoformat(last) - timedelta(days=days - 1)).isoformat()


def daily(listener: str | None, start: str | None, unit: str) -> None:
    days = api().get("/api/trends/daily", user=listener, **{"from": start})["days"]
    if not days:
        st.info("No plays in this period.")
        return
    frame = pd.DataFrame(days)
    frame["day"] = pd.to_datetime(frame["day"])
    # Days without music are not in the answer: the chart would draw across them.
    frame = frame.set_index("day").asfreq("D", fill_value=0).reset_index()
    plays, hours = int(frame["plays"].sum()), frame["ms_played"].sum() / 3_600_000
    numbers = st.columns(4)
    numbers[0].metric("Plays", f"{plays:,}")
    numbers[1].metric("Hours", f"{hours:,.0f}")
    numbers[2].metric("Streams", f"{int(frame['streams'].sum()):,}", help="Plays of at least 30 s.")
    numbers[3].metric("Skipped", f"{frame['skips'].sum() / max(1, plays):.0%}")
    frame["Hours"] = frame["ms_played"] / 3_600_000
    frame = frame.rename(columns={"day": "Day", "plays": "Plays", "listeners": "Listeners"})
    st.area_chart(frame, x="Day", y=unit, color=BLUE, height=280)


def top(kind: str, listener: str | None, start: str | None) -> None:
    answer = api().get("/api/trends/top", kind=kind, user=listener, limit=20, **{"from": start})
    st.subheader(f"Top {kind}")
    if kind == "tracks" and listener is None:
        st.caption("Added up from the first 200 tracks of each day.")
    if answer["period"] == "all time" and start is not None:
        st.caption("Of all time.")
    rows = [
        {
            "#": one["rank"],
            **({"Track": one["track"]} if kind == "tracks" else {}),
            "Artist": one["artist"],
            "Streams": one["streams"],
            "Hours": one["ms_played"] / 3_600_000,
            "Skipped": None if one["skip_rate"] is None else one["skip_rate"] * 100,
        }
        for one in answer["items"]
    ]
    if not rows:
        st.info("No plays in this period.")
        return
    formats = {
        "Hours": st.column_config.NumberColumn(format="%.1f"),
        "Skipped": st.column_config.NumberColumn(format="%.0f %%"),
    }
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=formats)


def clock(listener: str | None, start: str | None) -> None:
    cells = pd.DataFrame(api().get("/api/trends/clock", user=listener, **{"from": start})["cells"])
    cells["Weekday"] = [WEEKDAYS[weekday - 1] for weekday in cells["weekday"]]
    st.subheader("When")
    st.caption("Plays by weekday and hour, UTC.")
    chart = (
        alt.Chart(cells)
        .mark_rect(cornerRadius=2)
        .encode(
            x=alt.X("hour:O", title="Hour", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("Weekday:O", sort=WEEKDAYS, title=None),
            color=alt.Color("plays:Q", title="Plays", scale=alt.Scale(scheme="blues")),
            tooltip=[alt.Tooltip("Weekday"), alt.Tooltip("hour", title="Hour"), alt.Tooltip("plays", title="Plays", format=",")],
        )
        .properties(height=240)
    )
    st.altair_chart(chart)


st.header("Playing now")
now_playing()

st.header("Trends")
choices = st.columns([3, 4, 2])
with choices[0]:
    listener = pick_listener("Whose listening", everyone=True)
with choices[1]:
    period = st.segmented_control("Period", list(PERIODS), default="30 days", required=True, key="period")
with choices[2]:
    unit = st.segmented_control("Measure", ["Plays", "Hours"], default="Plays", required=True, key="unit")
status = st.session_state.get("status")
if status is not None and status["data"] is None:
    st.info("There is no history yet: it appears after the first publish (./tonearm run).")
elif status is not None:
    try:
        start = first_day(period, last_day(listener, status["data"]["last_day"]))
        daily(listener, start, unit)
        left, right = st.columns(2)
        with left:
            top("tracks", listener, start)
        with right:
            top("artists", listener, start)
        clock(listener, start)
    except ApiProblem as problem:
        st.error(str(problem))
st.caption(f"Trends read at {datetime.now(UTC):%H:%M:%S} UTC.")
