"""What a listener may like, and why."""

import pandas as pd
import streamlit as st

from tonearm_api import ApiProblem, api
from views.listener_picker import pick_listener


def as_table(items: list[dict]) -> None:
    rows = [
        {
            "#": one["rank"],
            "Track": one["track"],
            "Artist": one["artist"],
            "Genre": one["genre"],
            "Because of": ", ".join(f"{reason['track']} – {reason['artist']}" for reason in one["because"])
            or "popular in their genres",
            "New artist": one["is_new_artist"],
            "Listeners": one["listeners"],
        }
        for one in items
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=min(38 + 35 * len(rows), 740))


def how_chosen() -> None:
    ways = api().get("/api/recommendations/choice")["ways"]
    chosen = next((way for way in ways if way["is_chosen"]), None)
    if chosen is None:
        return
    st.caption(f"Method: {chosen['method']}. {chosen['reason']}")
    with st.expander("Methods compared on held-out recent plays"):
        rows = [
            {
                "Method": way["method"],
                "NDCG@10": way["ndcg"],
                "Recall@10": way["recall_10"],
                "Recall@20": way["recall_20"],
                "Coverage": way["coverage"],
            }
            for way in ways
        ]
        formats = {name: st.column_config.NumberColumn(format="%.3f") for name in list(rows[0])[1:]}
        st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=formats)


def similar_tracks() -> None:
    part = st.text_input("More like a track: part of its name or artist", key="track-part")
    if not part:
        return
    found = api().get("/api/tracks", q=part, limit=20)["items"]
    if not found:
        st.info(f"No track's name or artist contains “{part}”.")
        return
    names = {one["track_id"]: f"{one['track']} – {one['artist']}" for one in found}
    track = st.selectbox("Track", list(names), format_func=names.get, key="track")
    answer = api().get(f"/api/tracks/{requests_path(track)}/similar", limit=20)
    if answer["source"] == "popular":
        st.caption("Too few people play it: more of its artist, and what is popular in its genre.")
    rows = [{"Track": one["track"], "Artist": one["artist"], "Genre": one["genre"]} for one in answer["items"]]
    st.dataframe(pd.DataFrame(rows, columns=["Track", "Artist", "Genre"]), hide_index=True)


def requests_path(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


st.header("Recommendations")
choices = st.columns([3, 4, 2])
with choices[0]:
    listener = pick_listener("For whom", everyone=False, key="for-whom")
with choices[1]:
    adventure = st.slider("Familiar ↔ adventurous", 0.0, 1.0, 0.5, 0.25, key="adventure")
with choices[2]:
    new_artists = st.toggle("New artists only", key="new-artists")
if listener is None:
    if st.session_state.get("status") is not None:
        st.info("There is nobody to recommend to yet: listeners appear after the first publish (./tonearm run).")
else:
    try:
        answer = api().get(
            "/api/recommendations", user=listener, adventure=adventure, new_artists=str(new_artists).lower(), limit=50
        )
        if answer["items"]:
            as_table(answer["items"])
        else:
            st.info(f"There is no list for {listener} yet: lists are made some minutes after the first plays.")
        how_chosen()
        similar_tracks()
    except ApiProblem as problem:
        st.error(str(problem))
