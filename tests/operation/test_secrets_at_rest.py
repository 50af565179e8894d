"""Secrets at rest: what lies in the database and the data folder after a whole story holds none in clear."""

import stat
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from bot.dialogue.reconciling import refresh_templates
from bot.migrate import upgrade
from bot.settings import read_settings
from bot.work import reading
from tests.conftest import TWILIO, Build, make_ready
from tests.fakes import FakeSender
from tests.operation.planted import LOGIN, PASSWORD
from tests.operation.test_nothing_leaks import World, applied, use_the_pages
from tests.stories import HELLO

SECRETS = {
    "CALLBOARD_SECRET_KEY": "planted-secret-key-0123456789abcdef",
    "CALLBOARD_METRICS_TOKEN": "planted-metrics-token",
    "TWILIO_AUTH_TOKEN": "planted0auth0token0planted0auth0",
}


@pytest.fixture
def world(build_runtime: Build, monkeypatch: pytest.MonkeyPatch) -> World:
    """An installation with secrets of its own that has lived a little."""
    first = build_runtime()
    monkeypatch.setattr("tests.operation.test_nothing_leaks.TOKEN", SECRETS["TWILIO_AUTH_TOKEN"])
    runtime = build_runtime(FakeSender(first.clock, listed=[HELLO]), **SECRETS)
    upgrade(runtime.database)
    make_ready(runtime)
    refresh_templates(runtime)
    world = World(runtime)
    applied(world)
    world.sweep()
    assert world.says(1, "yes") == 200
    use_the_pages(world)
    headers = {"Authorization": f"Bearer {world.key}", "Idempotency-Key": "planted"}
    body = {"title": "Cook", "stages": [{"name": "x", "type": "review"}]}
    assert world.client.post("/api/v1/jobs", json=body, headers=headers).status_code == 201
    return world


def secrets_of(world: World) -> list[str]:
    return [*SECRETS.values(), world.key, world.key.removeprefix("cb_"), PASSWORD]


@pytest.mark.unmigrated  # which lies in the data folder
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_file_of_the_data_folder_holds_a_secret(world: World) -> None:
    folder = world.runtime.settings.data_dir
    files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {"callboard.db", "callboard.db-wal"} <= files.keys()
    everything = b"".join(files.values())
    assert LOGIN.encode() in everything
    assert not [secret for secret in secrets_of(world) if secret.encode() in everything]


def test_no_row_of_any_table_holds_a_secret(world: World) -> None:
    with reading(world.runtime) as work:
        tables = inspect(work.connection).get_table_names()
        rows = [str(row) for name in tables for row in work.connection.execute(text(f'SELECT * FROM "{name}"'))]
    assert any(LOGIN in row for row in rows)
    assert not [secret for secret in secrets_of(world) if any(secret in row for row in rows)]


def test_the_secret_key_that_is_made_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    settings = read_settings({"CALLBOARD_DATA_DIR": str(folder)})
    kept = folder / "secret_key"
    assert kept.read_text().strip() == settings.secret_key
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_settings_do_not_show_their_secrets() -> None:
    shown = repr(read_settings({**TWILIO, **SECRETS, "DATABASE_URL": "postgresql://u:planted-database@h/d",
                                "REDIS_URL": "redis://:planted-redis@h/0"}))  # fmt: skip
    assert not [secret for secret in (*SECRETS.values(), "planted-database", "planted-redis") if secret in shown]
