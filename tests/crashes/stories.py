"""What is under way when a process dies, where it dies, and how it must end all the same."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from bot.channels.base import MessageStatus, StatusUpdate
from bot.dialogue import bulk, bulk_moves
from bot.dialogue.backlog import catch_up, conversations_behind
from bot.dialogue.inbox import receive, receive_alone
from bot.dialogue.reconciling import reconcile_inbound
from bot.dialogue.sending import send_due
from bot.dialogue.statuses import record_status
from bot.dialogue.timers import expire_enrolments, send_reminders
from bot.failpoints import EXIT
from bot.intake import import_runs
from bot.intake.job_changes import change_job, follow_job
from bot.intake.users import create_user
from bot.messaging.settling import settle_unconfirmed_sends
from bot.models import Application, BulkKind, Import, ImportRow, Message, Role, Stage, User
from bot.pipeline.stages import find_target, move
from bot.work import reading, unit_of_work
from tests.crashes.world import BOB, HELLO, QUESTION, STILL_THERE, THANKS, WAITING, WELCOME, World, run_apart
from tests.journeys.importing import Importer
from tests.stories import ANN

Act = Callable[[World], object]


@dataclass(frozen=True, slots=True)
class Story:
    """What is under way when the process dies, what its caller does about it, and how it must have ended."""

    prepare: Act
    act: Act
    points: tuple[str, ...]  # `name` or `name#2` for the second time
    check: Act
    repeated: bool = False  # the caller got no answer, and asks again


def _nothing(_world: World) -> None:
    """An empty installation."""


def _apply(world: World) -> None:
    world.apply()


def _apply_twice(world: World) -> None:
    """Ann has applied for both jobs: the second waits."""
    world.apply("Barista")
    world.apply("Driver")


def _welcomed(world: World) -> None:
    _apply_twice(world)
    world.go_on()
    _receipt(world)


def _asked(world: World) -> None:
    _welcomed(world)
    world.says("ok")


def _both_welcomed(world: World) -> None:
    world.apply("Barista", ANN)
    world.apply("Barista", BOB)
    world.go_on()


def _receipt(world: World) -> None:
    with reading(world.runtime) as work:
        sent = select(Message.public_id, Message.provider_id).where(Message.provider_id == f"SM{1:032x}")
        row = work.connection.execute(sent).one()
    record_status(world.runtime, StatusUpdate(row.provider_id, "delivered", MessageStatus.DELIVERED, "", row.public_id))


def _sent_without_receipt(world: World) -> None:
    world.apply()
    _send(world)


def _receive(world: World) -> None:
    receive(world.runtime, "twilio", world.provider.received[-1])


def _wrote(text: str, prepare: Act) -> Act:
    def written(world: World) -> None:
        prepare(world)
        world.writes(text)

    return written


def _stored(world: World) -> None:
    _welcomed(world)
    receive_alone(world.runtime, "twilio", world.writes("ok"))


def _catch_up(world: World) -> None:
    for conversation in conversations_behind(world.runtime):
        catch_up(world.runtime, conversation)


def _missed_two(world: World) -> None:
    _welcomed(world)
    world.writes("ok")
    world.clock.move(timedelta(seconds=5))
    world.writes("no")


def _unknown(world: World) -> None:
    """A worker died just after the provider had accepted the welcome."""
    world.apply()
    assert run_apart(world, _send, "send_answered") == EXIT
    world.clock.move(timedelta(seconds=61))


def _send(world: World) -> None:
    send_due(world.runtime)


def _a_day_later(world: World) -> None:
    _welcomed(world)
    world.clock.move(timedelta(days=1))


def _eight_days_later(world: World) -> None:
    _asked(world)
    world.clock.move(timedelta(days=8))


def _job_of(world: World) -> int:
    with reading(world.runtime) as work:
        stage = select(Stage.job_id).where(Stage.id == world.story.stages["Barista/screening"])
        return work.connection.execute(stage).scalar_one()


def _close(world: World) -> None:
    job = _job_of(world)
    with unit_of_work(world.runtime) as work:
        change_job(work, job, {"state": "closed"})
    follow_job(world.runtime, job)


def _planned(world: World) -> None:
    """Ann and Bob are to be rejected at once, which is a blast, and frees the turn of Ann's other application."""
    world.apply("Driver", ANN)
    _both_welcomed(world)
    with unit_of_work(world.runtime) as work:
        refs = work.connection.execute(
            select(Application.public_id).where(Application.stage_id == world.story.stages["Barista/screening"])
        )
        bulk.plan(work, list(refs.scalars()), world.story.stages["Barista/rejected"], sends=True)


def _asked_on_the_board(world: World) -> None:
    """The same, asked for by a recruiter; the time to undo it is over."""
    world.apply("Driver", ANN)
    _both_welcomed(world)
    stages = world.story.stages
    action = bulk_moves.Action(BulkKind.MOVE, stages["Barista/rejected"])
    with unit_of_work(world.runtime) as work:
        create_user(work, "rita@example.org", Role.RECRUITER, "a long password")
        user_id = work.connection.execute(select(User.id)).scalar_one()
        found = select(Application.id).where(Application.stage_id == stages["Barista/screening"])
        ids = list(work.connection.execute(found).scalars())
        bulk_moves.start(work, _job_of(world), ids, action, user_id)
    world.story.clock.move(timedelta(seconds=11))


def _move_in_bulk(world: World) -> None:
    bulk.go_on(world.runtime)


def _table(world: World) -> None:
    """Ann and Bob stand in a table whose import has begun."""
    imported = Importer(world.story, f"First,Last,Phone\nAnn,Silva,{ANN}\nBob,Reis,{BOB}\n")
    imported.describe()
    imported.decide()
    imported.start()


def _resend(world: World) -> None:
    with unit_of_work(world.runtime) as work:
        target = find_target(work, world.story.stages["Barista/screening"])
        application = world.applied[f"Barista {ANN}"].application_id
        move(work, application, target, source="test", external_id="again", sends=True)


def _phone(*texts: str, statuses: tuple[str, ...] = ()) -> Act:
    """Check what Ann's phone shows, and the statuses of her enrolments as barista and driver."""

    def check(world: World) -> None:
        assert world.provider.texts(ANN) == list(texts)
        titles = [name.split()[0] for name in world.applied if name.endswith(ANN)]
        assert tuple(world.status(title) for title in titles) == statuses

    return check


def _closed(world: World) -> None:
    assert world.provider.texts(ANN) == world.provider.texts(BOB) == [WELCOME]
    assert {world.status("Barista", ANN), world.status("Barista", BOB)} == {"cancelled"}


def _rejected(world: World) -> None:
    # Ann's campaign as a driver was under way, so as a barista she had only been waiting
    assert world.provider.texts(ANN) == world.provider.texts(BOB) == [WELCOME, "Not this time."]
    assert {world.status("Barista", ANN), world.status("Barista", BOB)} == {"delivered"}


def _imported(world: World) -> None:
    assert (world.provider.texts(ANN), world.provider.texts(BOB)) == ([WELCOME], [WELCOME.replace("Ann", "Bob")])
    with reading(world.runtime) as work:
        rows = work.connection.execute(select(ImportRow.status, Import.state).join(Import).where(ImportRow.line > 1))
        assert [tuple(row) for row in rows] == [("done", "done")] * 2


BEFORE, AFTER = "before_commit", "after_commit"
STORIES: dict[str, Story] = {
    "an application is made": Story(
        _nothing, _apply, (BEFORE, AFTER), _phone(WELCOME, statuses=("delivered",)), repeated=True
    ),
    "a stage is sent again": Story(
        _welcomed, _resend, (BEFORE, AFTER), _phone(WELCOME, WELCOME, statuses=("delivered", "queued")), repeated=True
    ),
    "a reply comes in": Story(
        _wrote("ok", _welcomed),
        _receive,
        ("inbound_found", "inbound_stored", BEFORE, AFTER),
        _phone(WELCOME, WAITING, HELLO, QUESTION, statuses=("in_progress", "queued")),
    ),
    "the last reply comes in, and the next campaign is released": Story(
        _wrote("no", _asked),
        _receive,
        ("release_found", BEFORE, AFTER),
        _phone(WELCOME, WAITING, HELLO, QUESTION, THANKS, WELCOME, statuses=("completed", "delivered")),
    ),
    "a backlog is handled": Story(
        _stored,
        _catch_up,
        (BEFORE, AFTER, "backlog_marked", f"{BEFORE}#2", f"{AFTER}#2"),
        _phone(WELCOME, WAITING, HELLO, QUESTION, statuses=("in_progress", "queued")),
    ),
    "what never arrived is taken in": Story(
        _missed_two,
        lambda world: reconcile_inbound(world.runtime),
        (BEFORE, AFTER, f"{BEFORE}#2", f"{AFTER}#2", "reconcile_stored"),
        _phone(WELCOME, WAITING, HELLO, QUESTION, THANKS, WELCOME, statuses=("completed", "delivered")),
    ),
    "a message is sent": Story(
        _apply,
        _send,
        (BEFORE, "send_claimed", "send_answered", f"{BEFORE}#2", f"{AFTER}#2", "send_recorded"),
        _phone(WELCOME, statuses=("delivered",)),
    ),
    "an unknown outcome is settled": Story(
        _unknown,
        lambda world: settle_unconfirmed_sends(world.runtime),
        ("settle_asked", BEFORE, AFTER),
        _phone(WELCOME, statuses=("delivered",)),
    ),
    "a receipt comes in": Story(
        _sent_without_receipt, _receipt, (BEFORE, AFTER), _phone(WELCOME, statuses=("delivered",))
    ),
    "a reminder is due": Story(
        _a_day_later,
        lambda world: send_reminders(world.runtime),
        ("timer_acted", BEFORE, AFTER),
        _phone(WELCOME, STILL_THERE, statuses=("delivered", "queued")),
    ),
    "an enrolment expires, and the next is released": Story(
        _eight_days_later,
        lambda world: expire_enrolments(world.runtime),
        ("release_found", "timer_acted", BEFORE, AFTER),
        _phone(WELCOME, WAITING, HELLO, QUESTION, WELCOME, statuses=("expired", "delivered")),
    ),
    "many applications are moved": Story(
        _planned, _move_in_bulk, ("bulk_moved", BEFORE, AFTER, f"{BEFORE}#2", f"{AFTER}#2", f"{BEFORE}#3"), _rejected
    ),
    "what was asked for on a board begins": Story(
        _asked_on_the_board, _move_in_bulk, (BEFORE, AFTER, "bulk_begun", "bulk_moved", f"{BEFORE}#2"), _rejected
    ),
    "the people of a table are added": Story(
        _table,
        lambda world: import_runs.go_on(world.runtime),
        ("import_row_added", BEFORE, AFTER, "import_row_added#2", f"{BEFORE}#3", f"{AFTER}#3"),
        _imported,
    ),
    "a job is closed": Story(
        _both_welcomed, _close, (AFTER, f"{BEFORE}#2", f"{AFTER}#2", "job_followed_for_one"), _closed
    ),
}
CASES = [(name, point) for name, story in STORIES.items() for point in story.points]
