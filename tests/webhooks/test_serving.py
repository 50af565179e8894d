"""The web server as a real process: it answers who has come in, and says nothing that nobody should read."""

import resource
import socket
import threading
import urllib.request
from contextlib import ExitStack

import pytest

from bot.settings import read_settings
from tests.waiting import wait_until
from tests.webhooks.processes import free_port
from webhooks.serve import process_count

SERVE = """
import sys
sys.path.insert(0, sys.argv[1])
from bot.log import configure_logging
from bot.settings import read_settings
from webhooks.serve import serve
configure_logging("text")
serve(read_settings({"CALLBOARD_DATA_DIR": sys.argv[1], "PORT": sys.argv[2]}), application="site_app:make()")
"""

SITE = """
import time
from pathlib import Path

def make():
    def site(environ, start_response):
        if environ["PATH_INFO"] == "/fail":
            raise ValueError("Ann Silva")
        print("entered", flush=True)
        while not Path(__file__).with_name("answer").exists():
            time.sleep(0.02)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]
    return site
"""


@pytest.fixture
def site(start, tmp_path):
    """A site that answers once there is a file `answer`."""
    return served(start, tmp_path)


def served(start, folder, **options):
    (folder / "site_app.py").write_text(SITE)
    port = free_port()
    run = start(SERVE, folder, port, **options)
    run.wait_for(f"web_listening port={port}")
    return run, f"http://127.0.0.1:{port}"


def ask(url, answers):
    with urllib.request.urlopen(url, timeout=10) as response:
        answers.append(response.read())


def takes_connections(url):
    try:
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5).close()
    except OSError:
        return False
    return True


def test_requests_in_flight_are_answered_before_the_web_process_ends(site, tmp_path):
    run, url = site
    answers = []
    askers = [threading.Thread(target=ask, args=(f"{url}/c/token-{n}", answers)) for n in range(6)]
    for asker in askers:
        asker.start()
    run.wait_for("entered", 6)
    run.process.terminate()
    wait_until(lambda: not takes_connections(url))
    (tmp_path / "answer").touch()
    for asker in askers:
        asker.join()
    assert answers == [b"ok"] * 6
    assert run.process.wait(10) == 0
    assert "token" not in run.text


@pytest.mark.parametrize("header", ["SCRIPT_NAME", "PATH_INFO"])
def test_no_caller_says_in_a_header_where_the_site_is(site, tmp_path, header):
    _, url = site
    (tmp_path / "answer").touch()
    with urllib.request.urlopen(
        urllib.request.Request(f"{url}/jobs", headers={header: "/fail"}), timeout=10
    ) as response:
        assert response.read() == b"ok"


def test_an_error_in_the_site_is_logged_without_what_it_says(site):
    run, url = site
    with pytest.raises(urllib.error.HTTPError, match="500"):
        ask(f"{url}/fail?phone=346", [])
    run.wait_for("gunicorn.error")
    assert "Ann" not in run.text
    assert "phone" not in run.text


def test_more_callers_than_it_may_open_files_do_not_end_the_web_process(start, tmp_path):
    (tmp_path / "answer").touch()
    run, url = served(start, tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)))
    with ExitStack() as silent:
        for _ in range(95):
            silent.enter_context(socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5))
        answers = []
        ask(url, answers)
    assert answers == [b"ok"]
    assert "Too many open files" not in run.text


def processes(cores, monkeypatch, database_url, **environ):
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    return process_count(read_settings({"CALLBOARD_SECRET_KEY": "k" * 32, "DATABASE_URL": database_url, **environ}))


@pytest.mark.parametrize(("cores", "expected"), [(None, 1), (1, 1), (2, 1), (3, 1), (4, 2), (8, 4), (64, 4)])
def test_on_postgresql_one_process_serves_for_every_two_cores_and_four_at_most(cores, expected, monkeypatch):
    assert processes(cores, monkeypatch, "postgresql://localhost/callboard") == expected


def test_on_sqlite_one_process_serves_however_many_cores_there_are(monkeypatch):
    assert processes(64, monkeypatch, "sqlite:////tmp/callboard.db") == 1


@pytest.mark.parametrize("database_url", ["postgresql://localhost/callboard", "sqlite:////tmp/callboard.db"])
def test_as_many_processes_serve_as_the_operator_says(database_url, monkeypatch):
    assert processes(2, monkeypatch, database_url, WEB_CONCURRENCY="6") == 6
