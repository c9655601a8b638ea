"""Serves the dashboard on loopback.

usage: launch.py <port> <folder of the service>   (the folder marks the process as ours; nothing is written there)

Everything is imported, and every page drawn once, before the port is opened: the first visitor does not wait.
"""

import sys
from pathlib import Path

from streamlit import net_util
from streamlit.testing.v1 import AppTest
from streamlit.web import bootstrap

here = Path(__file__).resolve().parent
app = str(here / "app.py")
port = int(sys.argv[1])

options = {
    "server_address": "127.0.0.1",
    "server_port": port,
    "browser_serverAddress": "127.0.0.1",
    "server_headless": True,
    "server_fileWatcherType": "none",
    "browser_gatherUsageStats": False,
    "client_toolbarMode": "minimal",
    "client_showErrorDetails": "none",
    "theme_primaryColor": "#1f6fb2",
}

sys.path.insert(0, str(here))
warm = AppTest.from_file(app, default_timeout=60).run()
for page in ("views/recommendations.py", "views/sql.py"):
    warm.switch_page(page).run()

# Streamlit would ask a foreign server for this machine's address when a page of another origin calls.
net_util.get_external_ip = lambda: None
bootstrap.load_config_options(options)
bootstrap.run(app, False, [], options)
