"""A pad for read-only SQL over the published marts."""

import time

import pandas as pd
import streamlit as st

from tonearm_marts import MOST_ROWS, SqlProblem, marts_of, pointer

EXAMPLE = """select date_trunc('month', day) as month, sum(plays) as plays,
  round(sum(ms_played) / 3.6e6, 1) as hours, count(distinct user_id) as listeners
from gold.daily_listening_stats
group by all
order by month"""

st.header("SQL over the marts")
published = pointer()
if published is None:
    st.info("Nothing is published yet: ./tonearm run makes the first marts.")
    st.stop()
try:
    marts = marts_of(published["directory"])
except Exception as error:
    st.error(f"The marts of version {published['version']} cannot be read ({str(error).splitlines()[0]}): publish again with ./tonearm run.")
    st.stop()

with st.form("pad", border=False):
    sql = st.text_area("DuckDB SQL, read-only", EXAMPLE, height=180, key="sql")
    run = st.form_submit_button("Run", type="primary")
if run:
    began = time.perf_counter()
    try:
        table, more = marts.query(sql)
    except SqlProblem as problem:
        st.session_state["answer"] = {"problem": str(problem)}
    else:
        seconds = time.perf_counter() - began
        st.session_state["answer"] = {"table": table, "more": more, "seconds": seconds}
answer = st.session_state.get("answer")
if answer is not None and "problem" in answer:
    st.error(answer["problem"])
elif answer is not None:
    table = answer["table"]
    rest = f"; the first {MOST_ROWS:,} are shown" if answer["more"] else ""
    st.caption(f"{table.num_rows:,} {'row' if table.num_rows == 1 else 'rows'} in {answer['seconds']:.2f} s{rest}.")
    st.dataframe(table, hide_index=True)
    st.download_button("Download CSV", lambda: table.to_pandas().to_csv(index=False), "tonearm.csv", "text/csv")

with st.expander(f"{len(marts.tables)} tables"):
    st.dataframe(pd.DataFrame(marts.columns(), columns=["Table", "Column", "Type"]), hide_index=True)
