"""The migrations make exactly the tables of the models, on both databases."""

import threading
from collections.abc import Callable

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select

from bot.clock import SystemClock
from bot.db import open_database
from bot.messaging.channels import set_up_channels
from bot.migrate import config, is_current, migrating, upgrade
from bot.models import Application, Base, Job, Stage
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from tests.fakes import FakeSender
from tests.stories import Story

pytestmark = pytest.mark.unmigrated


def test_an_empty_database_becomes_what_the_models_say(database_url: str) -> None:
    database = open_database(database_url)
    upgrade(database)
    with database.read() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata
        )
    assert differences == []
    assert is_current(database)
    database.engine.dispose()


def test_the_last_migration_can_be_taken_back_and_made_again(database_url: str) -> None:
    database = open_database(database_url)
    upgrade(database)
    with migrating(database) as connection:
        command.downgrade(config(connection), "-1")
    upgrade(database)
    assert is_current(database)
    database.engine.dispose()


def test_rows_that_others_refer_to_come_through_a_migration_and_back(build_runtime: Callable[..., Runtime]) -> None:
    sender = FakeSender(SystemClock())
    runtime = build_runtime(sender)
    upgrade(runtime.database)
    with unit_of_work(runtime) as work:
        set_up_channels(work)
    story = Story(runtime, sender)
    story.job()
    application = story.apply().application_id
    with migrating(runtime.database) as connection:
        command.downgrade(config(connection), "-1")
    upgrade(runtime.database)
    with reading(runtime) as work:
        found = work.connection.execute(
            select(Stage.name, Job.title)
            .join(Application, Application.stage_id == Stage.id)
            .join(Job, Job.id == Stage.job_id)
            .where(Application.id == application)
        )
        assert found.all() == [("screening", "Barista")]


def test_two_migrators_at_once_do_not_meet(database_url: str) -> None:
    databases = [open_database(database_url) for _ in range(2)]
    threads = [threading.Thread(target=upgrade, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(is_current(database) for database in databases)
    assert "messages" in inspect(databases[0].engine).get_table_names()
    for database in databases:
        database.engine.dispose()
