"""`callboard keys`: made, listed without showing them, and revoked for every process at once."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from bot.errors import BotError, Conflict, NotFound
from bot.models import ApiKey, Channel
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from tests.conftest import Build, make_ready
from webhooks.app import create_app
from webhooks.cli import callboard


@pytest.fixture
def runtime(build_runtime: Build, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """A runtime on the database that the command finds in its environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url.replace("postgresql+psycopg", "postgresql"))
    monkeypatch.setenv("CALLBOARD_DATA_DIR", str(tmp_path))
    made = build_runtime()
    make_ready(made)
    return made


def keys(*words: str) -> Result:
    return CliRunner().invoke(callboard, ["keys", *words])


def told(*words: str) -> str:
    result = keys(*words)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*words: str) -> BotError:
    result = keys(*words)
    assert result.exit_code != 0
    assert isinstance(result.exception, BotError), result.output
    return result.exception


def id_of(runtime: Runtime, name: str) -> str:
    with reading(runtime) as work:
        return str(work.connection.execute(select(ApiKey.id).where(ApiKey.name == name)).scalar_one())


def answers(runtime: Runtime, key: str) -> int:
    """Return the status with which the API answers a key."""
    client = create_app(runtime).test_client()
    return client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_list_shows_all_of_a_key_but_the_key(runtime: Runtime) -> None:
    key = told("create", "ATS", "--scope", "read", "--scope", "write").split()[-1]
    other = told("create", "Reports", "--scope", "read").split()[-1]
    with unit_of_work(runtime) as work:
        at = {"created_at": work.now, "last_used_at": work.now}
        work.connection.execute(update(ApiKey).where(ApiKey.name == "ATS").values(**at))
        work.connection.execute(update(ApiKey).where(ApiKey.name == "Reports").values(created_at=work.now))
    told("revoke", "Reports")
    head, first, second = told("list").splitlines()
    assert head.split() == ["ID", "NAME", "BEGINS", "SCOPES", "CREATED", "LAST", "USED", "EXPIRES", "REVOKED"]
    moment = ["2026-03-02", "09:00"]
    begins = [key[:9], other[:9]]
    assert first.split() == [id_of(runtime, "ATS"), "ATS", begins[0], "read,write", *moment, *moment, "–", "–"]
    assert second.split()[:8] == [id_of(runtime, "Reports"), "Reports", begins[1], "read", *moment, "–", "–"]
    assert second.split()[8] != "–"
    assert key not in head + first + second


def test_without_keys_the_list_says_how_to_make_one(runtime: Runtime) -> None:
    assert "callboard keys create" in told("list")


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_key_that_is_revoked_is_refused_by_every_process_from_the_next_request_on(
    runtime: Runtime, build_runtime: Build, by: str
) -> None:
    key, other = told("create", "ATS").split()[-1], told("create", "Reports").split()[-1]
    processes = [runtime, build_runtime()]
    assert [answers(process, key) for process in processes] == [200, 200]
    said = told("revoke", "ATS" if by == "name" else id_of(runtime, "ATS"))
    assert "ATS" in said
    assert [answers(process, key) for process in processes] == [401, 401]
    assert [answers(process, other) for process in processes] == [200, 200]


def test_of_several_keys_of_one_name_the_id_must_be_given(runtime: Runtime) -> None:
    first, second = (told("create", "ATS").split()[-1] for _ in range(2))
    error = refused("revoke", "ATS")
    assert isinstance(error, Conflict)
    with reading(runtime) as work:
        ids = work.connection.execute(select(ApiKey.id).order_by(ApiKey.id)).scalars().all()
    assert all(str(key_id) in str(error) for key_id in ids)
    told("revoke", str(ids[0]))
    assert [answers(runtime, key) for key in (first, second)] == [401, 200]
    told("revoke", "ATS")
    assert answers(runtime, second) == 401


@pytest.mark.parametrize("which", ["Nobody", "999999", "9" * 40, ""])
def test_a_key_that_is_not_there_cannot_be_revoked(runtime: Runtime, which: str) -> None:
    told("create", "ATS")
    assert isinstance(refused("revoke", which), NotFound)


def test_a_key_is_revoked_once(runtime: Runtime) -> None:
    told("create", "ATS")
    told("revoke", "ATS")
    for which in ("ATS", id_of(runtime, "ATS")):
        error = refused("revoke", which)
        assert isinstance(error, Conflict)
        assert str(error).endswith("('ATS') is revoked already")


def test_a_command_changes_neither_the_channels_nor_the_tables_of_an_installation(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work(runtime) as work:
        work.connection.execute(update(Channel).values(address="twilio:+15005550006"))
        before = work.connection.execute(select(Channel.address, Channel.active)).all()
    told("list")  # without what the processes have in their environment
    with reading(runtime) as work:
        assert work.connection.execute(select(Channel.address, Channel.active)).all() == before
    monkeypatch.setattr("bot.migrate.head", lambda: "newer")
    assert "db upgrade`" in str(refused("list"))
    assert "db upgrade`" in str(refused("create", "crm"))


def test_a_database_that_is_not_there_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database" * 100)
    monkeypatch.setenv("CALLBOARD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CALLBOARD_SECRET_KEY", "k" * 32)
    for url in ("postgresql://callboard:secret@127.0.0.1:9/callboard", f"sqlite:///{broken}"):
        monkeypatch.setenv("DATABASE_URL", url)
        assert str(refused("list")) == "the database cannot be used: is it running, and is DATABASE_URL right?"
