"""What is found in an imported table, and how it is put right."""

import pytest
from sqlalchemy import func, select

from bot.channels.base import ChannelKind
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.intake import import_checks, imports
from bot.intake.applications import Applicant, apply_for
from bot.intake.table_texts import read_text
from bot.models import Import, ImportRow
from bot.pipeline.stages import find_target
from bot.work import reading, unit_of_work
from tests.journeys.importing import NOBODY, Importer
from tests.stories import ANN, Story

TABLE = """Name,Phone,E-mail,ID
Ben Costa,(415) 555-0111,ben@example.org,
Ann Silva,415 555 0101,,
Carla Reyes,+52 1 55 1234 5678,,
Ben Again,+1 415 555 0111,,
,415 555 0113,,
Dan Okafor,12,dan@,
Eva Lindqvist,+46 70 123 45 67,,
"""


@pytest.fixture
def imported(story: Story) -> Importer:
    story.job()
    return Importer(story, TABLE)


def test_rows_are_compared_with_who_is_known_and_with_one_another(imported: Importer) -> None:
    story = imported.story
    story.job("Waiter")
    story.apply("Waiter/new", phone="+525512345678")
    story.says("STOP", phone="+525512345678")
    story.apply("Barista/new", phone=ANN)
    imported.describe()
    assert imported.row().state == "checked"
    assert imported.verdicts() == [
        ("new", None),
        ("here", None),
        ("known", "opted_out"),
        ("new", None),
        ("bad", None),
        ("bad", None),
        ("new", "country"),
    ]
    rows = imported.rows()
    assert [row.same_as for row in rows] == [None, None, None, 2, None, None, None]
    assert [[problem[0] for problem in row.problems] for row in rows[4:6]] == [["full_name"], ["phone", "email"]]
    assert rows[2].phone == "+525512345678"


def test_what_was_stored_is_a_draft_with_a_guess_at_its_columns(imported: Importer) -> None:
    row = imported.row()
    assert (row.state, row.has_header, row.columns) == ("draft", True, ["full_name", "phone", "email", "external_id"])
    assert (row.name, row.width, row.header[0], len(imported.rows())) == ("people.csv", 4, "Name", 7)


def test_a_row_is_put_right_in_its_place_and_checked_again(imported: Importer) -> None:
    imported.describe()
    imported.do(imports.put_right, 7, {1: "415 555 0117", 2: ""})
    assert [row.verdict for row in imported.rows()].count("bad") == 1
    assert imported.rows()[5].cells == ["Dan Okafor", "415 555 0117", "", ""]
    with pytest.raises(NotFound, match="no row in line 99"):
        imported.do(imports.put_right, 99, {1: ""})
    with pytest.raises(NotFound, match="no row in line 1"):
        imported.do(imports.put_right, 1, {1: ""})  # the header
    with pytest.raises(InvalidEvent, match="no column 9"):
        imported.do(imports.put_right, 7, {8: ""})


def test_of_two_rows_with_one_number_the_second_counts_once_the_first_is_changed_or_left_out(
    imported: Importer,
) -> None:
    imported.describe()
    imported.do(imports.leave_out, 2, left_out=True)
    assert imported.rows()[3].same_as is None
    imported.do(imports.leave_out, 2, left_out=False)
    assert imported.rows()[3].same_as == 2
    imported.do(imports.put_right, 2, {1: "415 555 0118"})
    assert imported.rows()[3].same_as is None
    imported.do(imports.put_right, 2, {1: "415 555 0111"})
    assert imported.rows()[3].same_as == 2


def test_the_first_row_may_turn_out_to_be_a_person(imported: Importer) -> None:
    imported.describe(has_header=False)
    assert [(row.line, row.verdict) for row in imported.rows()][:2] == [(1, "bad"), (2, "new")]
    imported.describe(has_header=True)
    assert len(imported.rows()) == 7


def test_an_id_that_an_application_has_is_told_of(imported: Importer) -> None:
    story = imported.story
    story.job("Waiter")
    with unit_of_work(story.runtime) as work:
        for stage, phone, external_id in (
            ("Barista/new", "+14155550160", "here"),
            ("Waiter/new", "+14155550161", "there"),
        ):
            target = find_target(work, story.stages[stage])
            apply_for(work, target, Applicant(phone), source="test", external_id=external_id, sends=False)
    imported.describe()
    imported.do(imports.put_right, 2, {1: "415 555 0160", 3: "here"})
    imported.do(imports.put_right, 4, {3: "here"})
    imported.do(imports.put_right, 8, {3: "there"})
    rows = imported.rows()
    assert [rows[place].verdict for place in (0, 2, 6)] == ["here", "bad", "bad"]
    assert "with another number" in rows[2].problems[0][1]
    assert "another job" in rows[6].problems[0][1]


def test_an_id_that_two_people_of_a_table_have_is_the_first_ones_until_that_is_put_right(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.job()
    people = "Ann,415 555 0111,X1\nBen,415 555 0112,X1\nAnn,415 555 0111,X1\nCat,415 555 0113,X1\nDan,415 555 0114,\n"
    imported = Importer(story, f"Name,Phone,ID\n{people}")
    for at_once in (1, 500):
        with monkeypatch.context() as patched:
            patched.setattr(import_checks, "AT_ONCE", at_once)
            imported.describe()
        assert [row.verdict for row in imported.rows()] == ["new", "bad", "new", "bad", "new"]
        assert "Line 2 has this ID" in imported.rows()[1].problems[0][1]
        assert imported.rows()[2].same_as == 2
    for change, line, given, verdicts in (
        (imports.leave_out, 2, {"left_out": True}, ["new", "new", "bad", "bad", "new"]),
        (imports.put_right, 3, {"cells": {2: "X2"}}, ["new", "new", "new", "bad", "new"]),
        (imports.put_right, 6, {"cells": {2: "X2"}}, ["new", "new", "new", "bad", "bad"]),
        (imports.put_right, 3, {"cells": {2: ""}}, ["new", "new", "new", "bad", "new"]),
    ):
        imported.do(change, line, **given)
        assert [row.verdict for row in imported.rows()] == verdicts


def test_all_rows_are_checked_whatever_their_number(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_checks, "AT_ONCE", 3)
    monkeypatch.setattr(imports, "STORED_AT_ONCE", 4)
    story.job()
    people = "".join(f"Person {number},415 555 {number:04}\n" for number in range(100, 110))
    imported = Importer(story, f"Name,Phone\n{people}")
    imported.describe()
    assert imported.verdicts() == [("new", None)] * 10
    assert imported.row().checked_to == 11


def test_columns_that_do_not_go_are_refused_and_nothing_changes(imported: Importer) -> None:
    with pytest.raises(InvalidEvent, match="has 4 columns"):
        imported.describe(["phone"])
    with pytest.raises(InvalidEvent, match="which column holds the name"):
        imported.describe(["", "phone", "", ""])
    assert imported.row().state == "draft"


def test_people_are_not_added_to_a_stage_of_another_job_or_without_a_word_on_their_consent(imported: Importer) -> None:
    imported.story.job("Waiter")
    imported.describe()
    with pytest.raises(InvalidEvent, match="another job") as refused:
        imported.decide("Waiter/new")
    assert refused.value.field == "stage"
    stage_id = imported.story.stages["Barista/screening"]
    with pytest.raises(InvalidEvent, match="say where they agreed"):
        imported.do(imports.decide, stage_id, sends=True, consents=[ChannelKind.SMS], consent_source=" ")
    with pytest.raises(Conflict, match="choose a stage first"):
        imported.start()


def test_a_table_in_which_nobody_can_be_added_does_not_start(story: Story) -> None:
    story.job()
    imported = Importer(story, "Name,Phone\nAnn,12\n")
    imported.describe()
    imported.decide()
    with pytest.raises(Conflict, match="nobody to be added"):
        imported.start()


def test_a_table_of_another_job_is_not_found(imported: Importer) -> None:
    with unit_of_work(imported.story.runtime) as work, pytest.raises(NotFound):
        imports.lock_import(work, imported.public_id, imported.job_id + 1)


def test_a_table_that_nobody_touches_is_forgotten_and_one_at_work_is_not(imported: Importer) -> None:
    story = imported.story
    running = Importer(story, TABLE)
    running.describe()
    running.decide()
    running.start()
    story.clock.move(imports.KEPT)
    story.clock.move(imports.KEPT)
    with unit_of_work(story.runtime) as work:
        imports.forget_old(work)
    with reading(story.runtime) as work:
        assert list(work.connection.execute(select(Import.public_id)).scalars()) == [running.public_id]
        assert work.connection.execute(select(func.count()).select_from(ImportRow)).scalar_one() == 8


def test_a_table_can_be_thrown_away(imported: Importer) -> None:
    imported.do(imports.discard, NOBODY)
    with reading(imported.story.runtime) as work:
        assert work.connection.execute(select(func.count()).select_from(ImportRow)).scalar_one() == 0


def test_hostile_texts_are_texts(story: Story) -> None:
    story.job()
    text = "Name,Phone,City\n\"=cmd|' /C calc'!A0\",415 555 0101,<script>alert(1)</script>\nRobert'); DROP TABLE students;--,415 555 0102,\u202eevil\n"
    assert read_text(text).height == 3
    imported = Importer(story, text)
    imported.describe()
    assert imported.verdicts() == [("new", None)] * 2
