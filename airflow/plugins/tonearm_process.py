"""Runs one Tonearm command as a process of its own. Needs nothing but Python's own library."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "tonearm"
GRACE_SECONDS = 20

# What the command may see of the environment. Airflow's own settings, connections and keys stay here.
PASSED_NAMES = {
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_CACHE_HOME",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE",
}  # fmt: skip
PASSED_PREFIXES = ("TONEARM_", "AWS_", "SNOWFLAKE_", "SPOTIFY_")


def command_environment(environment: dict[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name in PASSED_NAMES or name.startswith(PASSED_PREFIXES)
    }


@dataclass(frozen=True)
class Ended:
    """Exit code (negative: the number of the signal that ended it) and what its last line on stdout says."""

    code: int
    result: object


class TonearmProcess:
    """One run of `./tonearm …`."""

    def __init__(self, arguments: Sequence[str], program: Path = PROGRAM) -> None:
        self._child = subprocess.Popen(
            # Attached: it ends when its standard input closes, so it does not outlive us, however we end.
            [str(program), *arguments, "--json", "--attached"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=command_environment(dict(os.environ)),
            text=True,
            errors="replace",
            # A session of its own: a signal reaches it and all its children, and only when we send it.
            start_new_session=True,
        )

    def wait(self, on_line: Callable[[str], None]) -> Ended:
        """Waits for its end; on_line gets each line of stderr at once."""

        def read_errors() -> None:
            for line in self._child.stderr:
                on_line(line.rstrip("\n"))

        reader = threading.Thread(target=read_errors, daemon=True)
        reader.start()
        last = ""
        for line in self._child.stdout:
            if line.strip():
                last = line.strip()
        code = self._child.wait()
        reader.join()
        try:
            result = json.loads(last) if last else None
        except ValueError:
            result = last
        return Ended(code, result)

    def stop(self) -> None:
        """SIGTERM to the command, which ends in order; SIGKILL to all of its session where it does not."""
        if self._child.poll() is not None:
            return
        self._child.terminate()
        try:
            self._child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
