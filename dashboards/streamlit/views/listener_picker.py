"""Choosing one listener among any number: type a part of the name, then pick."""

import streamlit as st

from tonearm_api import ApiProblem, api

FOUND = 50
EVERYONE = "Everyone"


def pick_listener(label: str, *, everyone: bool, key: str = "listener") -> str | None:
    """The listener, or None for everyone (or where there is nobody)."""
    part = st.text_input(f"{label}: part of a name", key=f"{key}-part", placeholder="all")
    try:
        found = api().get("/api/listeners", q=part, limit=FOUND)
    except ApiProblem as problem:
        # The frame of the page says already that the API is away.
        if st.session_state.get("status") is not None:
            st.error(str(problem))
        return None
    names = [one["user_id"] for one in found["items"]]
    if part and not names:
        st.caption(f"No listener's name contains “{part}”.")
    options = [EVERYONE, *names] if everyone else names
    if not options:
        return None
    chosen = st.selectbox(label, options, key=key, label_visibility="collapsed")
    if found["total"] > len(names):
        st.caption(f"{len(names)} of {found['total']:,} shown: type a part of the name.")
    return None if everyone and chosen == EVERYONE else chosen
