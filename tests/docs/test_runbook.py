"""What the runbook tells one to do does what it says."""

import re
import sqlite3
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, text

from bot.dialogue.sending import send_due
from bot.messaging.settling import settle_unconfirmed_sends
from bot.models import Message
from bot.work import reading, unit_of_work
from tests.docs.reading import DOCS
from tests.stories import Story

RUNBOOK = DOCS / "runbook.md"
STATEMENTS = re.findall(r"```sql\n(.*?)```", RUNBOOK.read_text(encoding="utf-8"), re.DOTALL)
(AFTER_RESTORE,) = STATEMENTS


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


def test_the_backup_by_hand_is_whole(tmp_path: Path) -> None:
    (command,) = re.findall(r'-c "(import sqlite3.*)"', RUNBOOK.read_text(encoding="utf-8"))
    source, copy = tmp_path / "callboard.db", tmp_path / "copy.db"
    with sqlite3.connect(source) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE jobs (title TEXT)")
        database.execute("INSERT INTO jobs VALUES ('Barista')")
    database.close()
    exec(command.replace("var/callboard.db", str(source)).replace("callboard-backup.db", str(copy)))
    kept = sqlite3.connect(copy)
    assert kept.execute("SELECT title FROM jobs").fetchall() == [("Barista",)]
    kept.close()
