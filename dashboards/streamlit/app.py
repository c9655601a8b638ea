"""The frame of the dashboard: navigation, and how fresh the data is."""

from pathlib import Path

import streamlit as st

from tonearm_api import ApiProblem, api

# A file of ours: named icons would be fetched from elsewhere.
ICON = Path(__file__).resolve().parent.parent / "web/public/tonearm.svg"

st.set_page_config(page_title="Tonearm", page_icon=str(ICON), layout="wide")

page = st.navigation(
    [
        st.Page("views/listening.py", title="Listening", icon=":material/headphones:", default=True),
        st.Page("views/recommendations.py", title="Recommendations", icon=":material/recommend:"),
        st.Page("views/sql.py", title="SQL", icon=":material/database:"),
    ],
    position="top",
)

try:
    status = api().get("/api/status")
except ApiProblem as problem:
    status = None
    st.error(str(problem))
st.session_state["status"] = status
if status is not None and status["notice"] is not None:
    st.warning(status["notice"])

page.run()

if status is not None:
    data, mart = status["data"], status["mart"]
    if mart is None:
        st.caption("Nothing is published yet: ./tonearm run makes the first marts.")
    else:
        reach = "" if data is None else f", {data['first_day']} to {data['last_day']}"
        st.caption(f"Marts of {mart['published_at'][:19].replace('T', ' ')} UTC{reach}. Tonearm {status['version']}.")
