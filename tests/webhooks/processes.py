"""Real processes, and what they say."""

import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

SERVE = """
import sys
sys.path.insert(0, sys.argv[1])
from bot.log import configure_logging
from bot.settings import read_settings
from webhooks import connections, serve
connections.READ_SECONDS, connections.SEND_SECONDS = 2.0, 1
configure_logging("text")
settings = read_settings({"CALLBOARD_DATA_DIR": sys.argv[1], "PORT": sys.argv[2]})
serve.serve(settings, application="site_app:make()")
"""


class Run:
    """A process whose lines are gathered as they come."""

    def __init__(self, *command, **options):
        self.process = subprocess.Popen(
            [sys.executable, "-c", *map(str, command)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )
        self.text = ""
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        with self.process.stdout as lines:
            for line in lines:
                self.text += line

    def wait_for(self, pattern, count=1, seconds=15):
        deadline = time.monotonic() + seconds
        while len(found := re.findall(pattern, self.text)) < count:
            assert time.monotonic() < deadline, self.text
            time.sleep(0.02)
        return found

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(5)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(folder, site):
    """Serve *site*, a module with `make()`, with little patience for slow callers; give the port."""
    (folder / "site_app.py").write_text(site)
    port = free_port()
    run = Run(SERVE, folder, port)
    try:
        run.wait_for(f"web_listening port={port}")
        yield port
    finally:
        run.close()
