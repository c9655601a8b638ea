"""Runs Airflow's four processes as one service: python airflow_standalone.py FOLDER.

As `airflow standalone`, with two differences: nothing but the API listens (its log servers listen on every
interface), and what is left of it never outlives this process. The folder in the arguments is also how
`./tonearm services` knows this process again.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PARTS = [
    ["scheduler", "--skip-serve-logs"],
    ["dag-processor"],
    ["api-server"],
    ["triggerer", "--skip-serve-logs"],
]
GRACE_SECONDS = 20
PR_SET_PDEATHSIG = 1


def main() -> int:
    folder = Path(sys.argv[1])
    environment = {**os.environ, **json.loads((folder / "settings.json").read_text())}
    # Its parts are started by name.
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", "")])
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    signal.signal(signal.SIGINT, lambda *_: stopping.append(True))

    def start(*command: str) -> subprocess.Popen:
        return subprocess.Popen(["airflow", *command], env=environment, preexec_fn=die_with_parent)

    prepared = start("db", "migrate")
    while prepared.poll() is None and not stopping:
        time.sleep(0.1)
    if prepared.poll() != 0:
        prepared.terminate()
        return 0 if stopping else 1
    parts = [start(*command) for command in PARTS]
    while not stopping and all(part.poll() is None for part in parts):
        time.sleep(0.1)
    for part in parts:
        if part.poll() is None:
            part.terminate()
    until = time.monotonic() + GRACE_SECONDS
    while any(part.poll() is None for part in parts) and time.monotonic() < until:
        time.sleep(0.1)
    for part in parts:
        if part.poll() is None:
            part.kill()
    return 0 if stopping else 1


def die_with_parent() -> None:
    """Linux ends the part when we end, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
