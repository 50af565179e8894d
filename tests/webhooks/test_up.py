"""The supervisor, with real processes."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.intake.passwords import check_password
from bot.intake.users import create_user
from bot.models import Role
from bot.settings import child_environment, read_settings
from bot.work import reading, unit_of_work
from tests.conftest import TWILIO
from tests.webhooks.processes import free_port
from webhooks.serve import check_port
from webhooks.up import SPECS
from webhooks.up_command import greet, what_begins

UP = """
import sys
from bot.log import configure_logging
from bot.settings import read_settings
from webhooks import up as module
from webhooks.up import ProcessSpec, up
folder, port, *scripts = sys.argv[1:]
module.SHORTEST_PAUSE = 0.1
configure_logging("text")
specs = [ProcessSpec(f"child{n}", (sys.executable, "-c", script)) for n, script in enumerate(scripts)]
up(read_settings({"CALLBOARD_DATA_DIR": folder, "PORT": port}), specs=specs, greet=lambda write: write("open the door"))
"""

SAYS_PID = "import os, time; print('pid', os.getpid()); time.sleep(60)"
ENDS = "import os; print('pid', os.getpid()); raise SystemExit(3)"
STUBBORN = (
    "import os, signal, time; signal.signal(15, lambda *_: print('I stay')); print('pid', os.getpid()); time.sleep(60)"
)
LISTENS = (
    "import os, socket, time; s = socket.socket(); s.bind(('127.0.0.1', int('{port}'))); s.listen(); "
    "print('pid', os.getpid()); time.sleep(60)"
)
SAYS_REDIS = "from bot.settings import load_settings; print(load_settings().redis_url)"


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until_gone(*pids):
    deadline = time.monotonic() + 10
    while not all(map(gone, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_lines_carry_names_and_all_ends_with_one_signal(start, tmp_path):
    port = free_port()
    run = start(UP, tmp_path, port, LISTENS.format(port=port), SAYS_PID)
    pids = run.wait_for(r"child\d   \| pid (\d+)", 2)
    run.wait_for("(?m)^open the door$")
    redis = run.wait_for(r"embedded_redis_started pid=(\d+)")
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(5) == 0
    assert all(map(gone, [*pids, *redis]))


def test_a_process_that_ends_is_started_again_a_little_later_each_time(start, tmp_path):
    run = start(UP, tmp_path, free_port(), ENDS, SAYS_PID)
    run.wait_for("child0   . pid", 4)
    pauses = re.findall(r"process_ended process=child0 code=3 seconds=(\S+)", run.text)
    assert pauses[:3] == ["0.1", "0.2", "0.4"]
    assert run.text.count("child1   | pid") == 1


def test_children_find_the_embedded_redis(start, tmp_path):
    run = start(UP, tmp_path, free_port(), SAYS_REDIS)
    assert run.wait_for(r"child0   \| (unix://\S+)")[0].startswith("unix:///")


def test_a_killed_redis_is_started_again(start, tmp_path):
    run = start(UP, tmp_path, free_port(), SAYS_PID)
    (pid,) = run.wait_for(r"embedded_redis_started pid=(\d+)")
    os.kill(int(pid), signal.SIGKILL)
    assert len(set(run.wait_for(r"embedded_redis_started pid=(\d+)", 2))) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_children_die_with_a_killed_supervisor(start, tmp_path):
    run = start(UP, tmp_path, free_port(), SAYS_PID, SAYS_PID)
    pids = run.wait_for(r"child\d   \| pid (\d+)", 2) + run.wait_for(r"embedded_redis_started pid=(\d+)")
    run.process.kill()
    wait_until_gone(*pids)


def test_what_is_done_at_start_and_end_is_said_before_it_is_done(start, tmp_path):
    port = free_port()
    run = start(UP, tmp_path, port, LISTENS.format(port=port), SAYS_PID)
    run.wait_for("open the door")
    run.process.terminate()
    assert run.process.wait(10) == 0
    run.reader.join(5)
    told = [line.split()[0] for line in run.text.splitlines() if line.startswith(("Starting", "open", "Sto"))]
    assert told == ["Starting", "open", "Stopping:", "Stopped."]
    assert run.text.startswith("Starting the web server, the workers and the clock ...\n")


def test_a_terminal_that_is_gone_keeps_nobody_from_stopping(tmp_path):
    child = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(f'{{os.getpid()}}.'); time.sleep(60)"
    command = [sys.executable, "-c", UP, tmp_path, str(free_port()), child]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout.readline().startswith(b"Starting")
        deadline = time.monotonic() + 15
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().endswith("."):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.stdout.close()
        process.send_signal(signal.SIGHUP)
        wait_until_gone((tmp_path / "pid").read_text().rstrip("."))
        process.wait(10)


def test_a_second_signal_does_not_wait_for_the_stubborn(start, tmp_path):
    run = start(UP, tmp_path, free_port(), STUBBORN)
    run.wait_for(r"child0   \| pid")
    run.process.terminate()
    run.wait_for("I stay")
    assert run.process.poll() is None
    run.process.terminate()
    assert run.process.wait(5) == 0


def test_a_port_in_use_is_told_by_the_name_of_its_setting(start, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"PORT={port} cannot be used \(Address already in use\)"):
            check_port(port)
        run = start(UP, tmp_path, port, SAYS_PID)
        assert run.process.wait(10) != 0
    assert "pid" not in run.text


CALLBOARD_UP = "import sys; from webhooks.cli import main; sys.argv[1:] = ['up']; main()"


def environment(folder, port):
    return child_environment(CALLBOARD_DATA_DIR=str(folder), PORT=str(port), DATABASE_URL="", REDIS_URL="")


def test_where_the_port_is_in_use_no_store_is_made(start, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = start(CALLBOARD_UP, env=environment(tmp_path / "var", port))
        assert run.process.wait(30) == 1
    run.wait_for(f"PORT={port} cannot be used")
    assert {file.name for file in (tmp_path / "var").iterdir()} == {"secret_key"}  # made with the settings


@pytest.mark.parametrize(
    ("database", "said"),
    [
        ("sqlite:///{folder}/own.db", "Starting Callboard, whose database is {folder}/own.db ..."),
        (
            "postgresql://ann:sesame@127.0.0.1:1/hiring",
            "Starting Callboard, whose database is hiring on 127.0.0.1; other files are in {folder} ...",
        ),
    ],
)
def test_what_starts_is_named_by_its_own_database(tmp_path, database, said):
    (tmp_path / "own.db").touch()
    given = {"CALLBOARD_DATA_DIR": str(tmp_path), "DATABASE_URL": database.format(folder=tmp_path)}
    assert what_begins(read_settings(given)) == said.format(folder=tmp_path)


def test_a_first_start_that_was_interrupted_costs_no_password_and_no_privacy(start, tmp_path):
    env = environment(tmp_path, free_port())
    first = start(CALLBOARD_UP, env=env)
    first.wait_for("embedded_redis_started", seconds=60)
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(30) == 0
    assert "Log in as" not in first.text
    second = start(CALLBOARD_UP, env=env)
    assert "Channels: the sandbox phone." in first.text
    second.wait_for(r"Log in as admin@example.org with the password \S+", seconds=60)
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("callboard.db*")} == {0o600}


def test_a_password_that_could_not_be_shown_is_made_anew(build_runtime):
    runtime = build_runtime()

    def fail(_text):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        greet(runtime, fail)
    said = []
    greet(runtime, said.append)
    password = re.search(r"with the password (\S+)", said[0])[1]
    with reading(runtime) as work:
        assert check_password(work, "admin@example.org", password) is not None
    greet(runtime, said.append)
    assert "Log in as before. Forgotten?" in said[1]


def test_with_twilio_the_greeting_leads_to_the_jobs_and_names_what_twilio_must_call(build_runtime):
    said = []
    greet(build_runtime(), said.append)
    greet(build_runtime(**TWILIO, CALLBOARD_PUBLIC_URL="https://bot.example.org"), said.append)
    sandbox, twilio = said
    assert "/sandbox" in sandbox
    assert "Twilio must call" not in sandbox
    assert "http://localhost:8000/jobs" in twilio
    assert "https://bot.example.org/webhooks/twilio/messages#rc=3&rp=all" in twilio
    assert "sandbox" not in twilio
    assert "connected" not in twilio


def test_where_nobody_is_an_admin_the_greeting_says_how_to_make_one(build_runtime):
    runtime, said = build_runtime(), []
    with unit_of_work(runtime) as work:
        create_user(work, "ann@example.org", Role.VIEWER, "a long password")
    greet(runtime, said.append)
    assert "Log in as before. There is no admin yet: " in said[0]
    assert " users create EMAIL --role admin" in said[0]
    with unit_of_work(runtime) as work:
        create_user(work, "ben@example.org", Role.ADMIN, "a long password")
    greet(runtime, said.append)
    assert "Log in as before. Forgotten?" in said[1]


def test_the_processes_are_those_of_the_procfile():
    lines = (Path(__file__).parents[2] / "Procfile").read_text().splitlines()
    commands = {name: words.split() for name, _, words in (line.partition(":") for line in lines)}
    commands.pop("release")
    assert commands.pop("web")[:2] == ["callboard", "serve"]
    assert commands == {spec.name: ["callboard", *spec.command[3:]] for spec in SPECS if spec.name != "web"}
