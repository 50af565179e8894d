"""Real processes, and what they say."""

import re
import socket
import subprocess
import sys
import threading
import time


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
