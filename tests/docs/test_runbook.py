"""What the runbook tells one to do does what it says."""

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy import select, text

from bot.dialogue.sending import send_due
from bot.messaging.settling import settle_unconfirmed_sends
from bot.models import Message
from bot.work import reading, unit_of_work
from tests.docs.reading import DOCS
from tests.stories import Story

RUNBOOK = DOCS / "runbook.md"
(AFTER_RESTORE,) = re.findall(r'AFTER_RESTORE="(.*?)"', RUNBOOK.read_text(encoding="utf-8"), re.DOTALL)
SHELL = [
    dedent(block)
    for block in re.findall(r"^ *```sh\n(.*?)^ *```$", RUNBOOK.read_text("utf-8"), re.DOTALL | re.MULTILINE)
]


def statuses(story: Story) -> list[str]:
    with reading(story.runtime) as work:
        rows = work.connection.execute(select(Message.status).where(~Message.inbound).order_by(Message.id))
        return list(rows.scalars())


def test_after_a_restore_nothing_is_sent_twice_and_nothing_is_dropped(story: Story) -> None:
    story.job()
    story.apply()
    story.apply(phone="+14155550102")
    sent = len(story.sender.accepted)
    with unit_of_work(story.runtime) as work:  # as the backup has it: neither had gone out yet
        work.connection.execute(
            text("UPDATE messages SET status = 'queued', provider_id = NULL, sent_at = NULL, confirmed_at = NULL")
        )
    del story.sender._records[1]  # the second had not really gone out
    with unit_of_work(story.runtime) as work:
        work.connection.execute(text(AFTER_RESTORE))
    story.clock.move(timedelta(minutes=2))
    settle_unconfirmed_sends(story.runtime)
    assert statuses(story) == ["sent", "queued"]
    send_due(story.runtime)
    assert len(story.sender.accepted) == sent + 1


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A project's folder whose database, in use, holds a job and a message that waits."""
    clone = tmp_path / "clone"
    (clone / ".venv/bin").mkdir(parents=True)
    (clone / ".venv/bin/python").symlink_to(sys.executable)
    (clone / "var").mkdir()
    (clone / "var/secret_key").write_text("k" * 32)
    with closing(sqlite3.connect(clone / "var/callboard.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE messages (status, claimed_at, created_at, lease, inbound, held)")
        database.execute("INSERT INTO messages VALUES ('queued', NULL, 'monday', NULL, false, false)")
        database.commit()
    return clone


def run(clone: Path, *marks: str) -> None:
    """Run the runbook's blocks that hold these words, in one shell."""
    chosen = [block for mark in marks for block in SHELL if mark in block]
    assert len(chosen) == len(marks)
    subprocess.run(["sh", "-euc", "umask 022\n" + "\n".join(chosen)], cwd=clone, check=True, timeout=60)


def messages_of(file: Path) -> list[tuple[str, str | None]]:
    with closing(sqlite3.connect(file)) as database:
        return database.execute("SELECT status, claimed_at FROM messages").fetchall()


def test_the_backup_by_hand_is_whole_and_stands_outside_where_only_its_owner_reads_it(clone: Path) -> None:
    with closing(sqlite3.connect(clone / "var/callboard.db")) as in_use:
        in_use.execute("SELECT 1 FROM messages")
        run(clone, "secret_key ../callboard-backup/secret_key")
    backup = clone.parent / "callboard-backup"
    assert messages_of(backup / "callboard.db") == [("queued", None)]
    assert {path.name: oct(path.stat().st_mode)[-3:] for path in (backup, *backup.iterdir())} == {
        "callboard-backup": "700",
        "callboard.db": "600",
        "secret_key": "600",
    }
    assert sorted(path.name for path in clone.iterdir()) == [".venv", "var"]


def test_the_restore_by_hand_brings_key_and_database_back_and_has_twilio_asked(clone: Path) -> None:
    run(clone, "secret_key ../callboard-backup/secret_key")
    shutil.rmtree(clone / "var")
    run(clone, "rm -f var/callboard.db-wal", "AFTER_RESTORE=", "sys.argv[1]")
    assert messages_of(clone / "var/callboard.db") == [("sending", "monday")]
    assert (clone / "var/secret_key").read_text() == "k" * 32
    assert (clone / "var/callboard.db").stat().st_mode & 0o077 == 0
