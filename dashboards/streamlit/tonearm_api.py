"""The HTTP API of Tonearm, for pages of the dashboard."""

import os
import threading
from collections import OrderedDict

import requests
import streamlit as st

TIMEOUT_S = 10
KEPT_ANSWERS = 200


class ApiProblem(Exception):
    """One sentence: what is wrong with an answer, and what to do."""


class Api:
    """Asks with GET. Answers are kept with their ETag, so that what has not changed is not sent again."""

    def __init__(self, url: str, token: str | None = None):
        self.url = url.rstrip("/")
        self._headers = {} if token is None else {"authorization": f"Bearer {token}"}
        self._kept: OrderedDict[str, tuple[str, dict]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: str, **parameters) -> dict:
        """The document at a path; parameters that are None are left out. Raises ApiProblem."""
        given = {name: value for name, value in parameters.items() if value is not None}
        address = requests.Request("GET", self.url + path, params=given).prepare().url
        with self._lock:
            kept = self._kept.get(address)
        headers = dict(self._headers)
        if kept is not None:
            headers["if-none-match"] = kept[0]
        try:
            response = requests.get(address, headers=headers, timeout=TIMEOUT_S)
        except requests.Timeout:
            raise ApiProblem(
                f"The API at {self.url} did not answer within {TIMEOUT_S} s: look at ./tonearm status."
            ) from None
        except requests.RequestException:
            raise ApiProblem(
                f"The API at {self.url} does not answer: start it with ./tonearm up or ./tonearm serve."
            ) from None
        if response.status_code == 304 and kept is not None:
            return kept[1]
        if not response.ok:
            raise ApiProblem(self._sentence(response))
        try:
            document = response.json()
        except ValueError:
            raise ApiProblem(f"{self.url} is no API of Tonearm: set TONEARM_API_URL.") from None
        etag = response.headers.get("etag")
        if etag is not None:
            with self._lock:
                self._kept[address] = (etag, document)
                self._kept.move_to_end(address)
                while len(self._kept) > KEPT_ANSWERS:
                    self._kept.popitem(last=False)
        return document

    def _sentence(self, response: requests.Response) -> str:
        if response.status_code in (401, 403):
            return "The API does not let this dashboard in: set TONEARM_TOKEN to a token that may read everything."
        try:
            problem = response.json()
            return " ".join(filter(None, [problem["detail"], problem.get("remedy")]))
        except (ValueError, KeyError):
            return f"The API answered {response.status_code}."


@st.cache_resource
def shared_api(url: str, token: str | None) -> Api:
    """One for all visitors."""
    return Api(url, token)


def api() -> Api:
    """The API that the environment names."""
    return shared_api(
        os.environ.get("TONEARM_API_URL", "http://127.0.0.1:8080"),
        os.environ.get("TONEARM_TOKEN") or None,
    )
