"""Adding the people of a table, whatever happens meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.errors import Conflict
from bot.intake import import_runs, imports
from bot.intake.applications import Applicant, apply_for
from bot.intake.job_changes import change_job, follow_job
from bot.models import Application, Candidate, Change, Consent, Enrolment, Topic
from bot.pipeline.stages import find_target
from bot.work import reading, unit_of_work
from tests.journeys.importing import FAIR, MANY, NOBODY, count, ready, statuses
from tests.stories import ANN, Story


def test_everybody_is_added_written_to_and_on_record_with_the_word_of_their_consent(story: Story) -> None:
    imported = ready(story, 'First,Last,Phone,Language,Tags,Shift\nBen,Costa,415 555 0111,pt,"night, bar",late\n')
    imported.describe(["first_name", "last_name", "phone", "language", "tags", "field:shift"])
    imported.decide()
    imported.run()
    story.send()
    assert (imported.row().state, statuses(imported)) == ("done", ["done"])
    assert story.messages()[0].text == "Hi Ben, shall we start?"
    with reading(story.runtime) as work:
        person = work.connection.execute(select(Candidate)).one()
        assert (person.last_name, person.phone, person.language, person.fields) == (
            "Costa",
            "+14155550111",
            "pt",
            {"shift": "late"},
        )
        assert work.connection.execute(select(Application.tags)).scalar_one() == ["night", "bar"]
        consents = select(Consent.channel, Consent.source).order_by(Consent.channel)
        assert [tuple(row) for row in work.connection.execute(consents)] == [("sms", FAIR), ("whatsapp", FAIR)]
        told = select(Change.topic).where(Change.topic == Topic.IMPORT, Change.key == imported.row().id)
        assert work.connection.execute(told).first() is not None


def test_who_has_opted_out_is_added_and_not_written_to_and_who_is_here_stays_as_they_are(story: Story) -> None:
    story.job()
    story.job("Waiter")
    story.apply("Waiter/new", phone="+14155550121")
    story.says("STOP", phone="+14155550121")
    here = story.apply("Barista/new", phone=ANN)
    before = len(story.messages())
    imported = ready(story, "Name,Phone\nStopped,415 555 0121\nAnn,415 555 0101\nNew,415 555 0122\n")
    imported.run()
    story.send()
    assert imported.stage_of("+14155550121") == imported.stage_of("+14155550122") == "screening"
    assert imported.stage_of(ANN) == "new"
    assert len(story.messages()) == before + 1
    assert count(story, Application, Application.candidate_id == here.candidate_id) == 1


def test_who_applies_between_the_check_and_the_run_stays_as_they_are(story: Story) -> None:
    imported = ready(story, "Name,Phone\nSomebody Else,415 555 0101\n")
    here = story.apply("Barista/new", phone=ANN, first_name="Ann")
    imported.run()
    assert statuses(imported) == ["here"]
    assert imported.rows()[0].application_id == here.application_id
    assert imported.row().state == "done"
    with reading(story.runtime) as work:
        assert work.connection.execute(select(Candidate.first_name)).scalar_one() == "Ann"


def test_nobody_passes_for_added_whose_id_somebody_else_got_since_the_check(story: Story) -> None:
    story.job()
    story.job("Waiter")
    imported = ready(story, "Name,Phone,ID\nAnn,415 555 0101,X1\nBob,415 555 0112,X2\nCat,415 555 0113,X3\n")
    with unit_of_work(story.runtime) as work:
        for stage, phone, external_id in (
            ("Barista/new", ANN, "X1"),
            ("Barista/new", "+14155550121", "X2"),
            ("Waiter/new", "+14155550113", "X3"),
        ):
            target = find_target(work, story.stages[stage])
            apply_for(work, target, Applicant(phone), source="test", external_id=external_id, sends=False)
    imported.run()
    assert statuses(imported) == ["here", "failed", "failed"]
    ann, bob, cat = imported.rows()
    assert (ann.application_id is not None, bob.application_id, bob.candidate_id) == (True, None, None)
    assert ("another number" in bob.reason, "another job" in cat.reason) == (True, True)
    imported.do(imports.put_right, 3, {2: ""})
    imported.run()
    assert imported.stage_of("+14155550112") == "screening"


def test_rows_with_problems_repeated_ones_and_those_left_out_stay_out(story: Story) -> None:
    imported = ready(story, "Name,Phone\nA,415 555 0111\nB,415 555 0111\n,415 555 0112\nD,415 555 0113\n")
    imported.do(imports.leave_out, 5, left_out=True)
    imported.run()
    assert statuses(imported) == ["done", "waiting", "waiting", "waiting"]
    assert imported.row().state == "done"
    imported.do(imports.put_right, 4, {0: "C"})
    imported.do(imports.leave_out, 5, left_out=False)
    imported.run()
    assert statuses(imported) == ["done", "waiting", "done", "done"]
    assert count(story, Application) == 3


def test_without_sending_nobody_gets_anything(story: Story) -> None:
    ready(story, sends=False).run()
    story.send()
    assert (count(story, Application), count(story, Enrolment), story.messages()) == (MANY, 0, [])


def test_nothing_begins_before_its_time_and_until_then_it_can_be_stopped(story: Story) -> None:
    imported = ready(story)
    imported.start(delay=10)
    assert imported.go_on() == 0
    imported.do(imports.cancel, NOBODY)
    story.clock.move(timedelta(seconds=11))
    assert (imported.go_on(), count(story, Application), imported.row().state) == (0, 0, "cancelled")
    imported.run()
    assert count(story, Application) == MANY


def test_a_paused_import_adds_nobody_until_it_is_resumed(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_runs, "SLICE", 2)
    imported = ready(story)
    imported.start()
    known = import_runs._add

    def add_and_pause(work: Any, found: Any, row: Any) -> None:
        known(work, found, row)
        imports.pause(work, found, NOBODY)

    with monkeypatch.context() as patched:
        patched.setattr(import_runs, "_add", add_and_pause)
        assert imported.go_on() == 1
    assert (imported.go_on(), count(story, Application), imported.row().state) == (0, 1, "paused")
    with pytest.raises(Conflict, match="not running"):
        imported.do(imports.pause, NOBODY)
    imported.do(imports.resume, NOBODY)
    assert (imported.go_on(), imported.row().state) == (MANY - 1, "done")


def test_what_a_killed_worker_had_in_hand_is_added_by_the_next(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = ready(story)
    imported.start()

    class Killed(BaseException):
        pass

    def die(name: str) -> None:
        if name == "import_row_added" and count(story, Application) == 2:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(import_runs, "crash_point", die)
        with pytest.raises(Killed):
            imported.go_on()
    assert imported.go_on() == MANY - 2
    assert count(story, Application) == MANY


def test_a_fault_in_one_row_stops_no_other_and_can_be_tried_again(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = ready(story)
    imported.start()
    known = import_runs.apply_for

    def fail_for_one(work: Any, target: Any, person: Any, **more: Any) -> Any:
        if person.phone == "+14155550112":
            raise ValueError("a bad row")
        return known(work, target, person, **more)

    with monkeypatch.context() as patched:
        patched.setattr(import_runs, "apply_for", fail_for_one)
        imported.go_on()
    assert (imported.row().state, statuses(imported).count("failed")) == ("done", 1)
    assert [row.reason for row in imported.rows() if row.reason] == ["an internal error; it is in the log"]
    imported.do(imports.retry, NOBODY)
    imported.go_on()
    assert (imported.row().state, statuses(imported)) == ("done", ["done"] * MANY)
    with pytest.raises(Conflict, match="nothing has failed"):
        imported.do(imports.retry, NOBODY)


def test_a_busy_database_leaves_rows_for_the_next_round(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = ready(story)
    imported.start()

    def busy(*given: Any, **more: Any) -> Any:
        raise OperationalError("", {}, Exception("busy"))

    with monkeypatch.context() as patched:
        patched.setattr(import_runs, "apply_for", busy)
        assert imported.go_on() == 0
    assert statuses(imported) == ["waiting"] * MANY
    assert imported.go_on() == MANY


def test_a_job_that_is_closed_meanwhile_takes_nobody_and_says_so(story: Story) -> None:
    imported = ready(story)
    imported.start()
    with unit_of_work(story.runtime) as work:
        change_job(work, imported.job_id, {"state": "closed"})
    follow_job(story.runtime, imported.job_id)
    imported.go_on()
    assert statuses(imported) == ["failed"] * MANY
    assert "the job is closed" in imported.rows()[0].reason
