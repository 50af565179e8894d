"""The filter of a board: in the address of a page, and in SQL."""

from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from bot.errors import InvalidEvent, NotFound
from bot.insight.board_filter import STATES, STATUSES, BoardFilter, read_filter, read_query
from bot.insight.board_where import count_by_stage, count_by_status, ids_of, matching_ids
from bot.messaging.thread import lock_thread
from bot.models import Application, ApplicationState, Candidate, Conversation, Job, Rating, Stage, User
from bot.pipeline.closings import close_application
from bot.work import reading, unit_of_work
from tests.insight.crowds import crowd, user
from tests.stories import Story

words = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40).map(str.strip).filter(bool)
ids = st.from_regex(r"[0-9a-z]{1,64}", fullmatch=True)
answers = st.tuples(words, words).filter(lambda pair: "=" not in pair[0])
filters = st.builds(
    BoardFilter,
    stages=st.lists(ids, unique=True, max_size=4).map(tuple),
    statuses=st.lists(st.sampled_from(STATUSES), unique=True).map(tuple),
    states=st.lists(st.sampled_from(STATES), unique=True, min_size=1).map(tuple),
    tags=st.lists(words, unique=True, max_size=4).map(tuple),
    answers=st.lists(answers, unique=True, max_size=4).map(tuple),
    rating=st.none() | st.integers(1, 5),
    needs_person=st.booleans(),
    owner=st.just("") | ids,
    text=st.just("") | words,
    created_since=st.none() | st.dates(),
    moved_since=st.none() | st.dates(),
)


@given(filters)
def test_what_an_address_says_is_the_filter_that_wrote_it(wanted: BoardFilter) -> None:
    assert read_query(wanted.to_query()) == wanted


@given(st.lists(st.tuples(st.sampled_from(["stage", "status", "state", "tag", "answer", "rating", "person", "owner",
                                           "q", "created", "moved", "other"]) | st.text(), st.text()), max_size=5))  # fmt: skip
def test_whatever_stands_in_an_address_is_a_filter_or_an_error_that_names_its_part(
    pairs: list[tuple[str, str]],
) -> None:
    try:
        wanted, at_fault = read_filter(pairs), None
    except InvalidEvent as error:
        wanted, at_fault = BoardFilter(), error.field
    assert at_fault is None or at_fault in {name for name, _ in pairs}
    assert read_query(wanted.to_query()) == wanted


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("colour=red", "there is no filter of the name “colour”"),
        ("status=lost", "the filter status cannot be “lost”: use queued"),
        ("rating=6", "use a number from 1 to 5"),
        ("created=31.1.2026", "write a day like 2026-01-31"),
        ("moved=2026-02-31", "write a day like 2026-01-31"),
        ("answer=licence", "question=answer"),
        ("q=one&q=two", "given more than once"),
        ("stage=../..", "the form of an id"),
        ("q=%00", "cannot be shown"),
        ("tag=" + "x" * 201, "longer than 200"),
        ("&".join(f"tag={n}" for n in range(51)), "more than 50 times"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_in_words(query: str, says: str) -> None:
    with pytest.raises(InvalidEvent, match=says):
        read_filter(parse_qsl(query))


def test_empty_parameters_and_those_of_others_are_left_out() -> None:
    assert read_filter([("q", " "), ("stage", ""), ("sort", "name")], besides=["sort"]) == BoardFilter()


def _found(story: Story, **wanted: Any) -> list[str]:
    """Return the first names of those who fit, in the order in which they applied."""
    with reading(story.runtime) as work:
        job_id = work.connection.execute(select(Job.id).order_by(Job.id).limit(1)).scalar_one()
        chosen = BoardFilter(**wanted)
        keys = matching_ids(work, job_id, chosen)
        assert sum(count_by_stage(work, job_id, chosen).values()) == len(keys)
        assert sum(count_by_status(work, job_id, chosen).values()) == len(keys)
        names = select(Application.id, Candidate.first_name).join(Candidate, Candidate.id == Application.candidate_id)
        by_id = dict(work.connection.execute(names.where(Application.id.in_(keys))).all())
        return [by_id[key] for key in keys]


def _stage(story: Story, name: str) -> str:
    with reading(story.runtime) as work:
        found = select(Stage.public_id).where(Stage.id == story.stages[name])
        return str(work.connection.execute(found).scalar_one())


def test_each_part_of_a_filter_chooses_who_fits_it(story: Story) -> None:
    story.job(time_zone="America/New_York")
    story.job("Cook")
    ann = story.apply()
    story.says("yes")
    story.says("no")
    bob = story.apply(
        "Barista/new", phone="+14155550102", first_name="Élodie", last_name="Müller", email="bob@corp.example"
    )
    cyd = story.apply("Barista/rejected", phone="+14155550103", first_name="100%", last_name="O'Neil")
    story.apply("Cook/new", phone="+14155550104", first_name="Elsewhere")
    rita = user(story)
    with unit_of_work(story.runtime) as work:
        change = update(Application).where(Application.id == bob.application_id)
        work.connection.execute(change.values(tags=["night shift", "Ü"], external_id="ATS-7"))
        values = {"application_id": bob.application_id, "rated_at": work.now}
        work.connection.execute(insert(Rating), [{**values, "user_id": rita, "stars": 4}])
        close_application(work, lock_thread(work, cyd.candidate_id), cyd.application_id, ApplicationState.WITHDRAWN)
        mine = update(Conversation).where(Conversation.candidate_id == bob.candidate_id)
        work.connection.execute(mine.values(needs_person="asked", assigned_to_id=rita))
        rita_ref = work.connection.execute(select(User.public_id).where(User.id == rita)).scalar_one()
    both = ["Ann", "Élodie"]
    assert _found(story) == both
    assert _found(story, stages=(_stage(story, "Barista/new"),)) == ["Élodie"]
    assert _found(story, statuses=("none",)) == ["Élodie"]
    assert _found(story, statuses=("completed", "in_progress")) == ["Ann"]
    assert _found(story, statuses=("none", "completed", "in_progress")) == both
    assert _found(story, states=("withdrawn",)) == ["100%"]
    assert _found(story, states=("withdrawn", "active")) == [*both, "100%"]
    assert _found(story, tags=("night shift", "Ü")) == ["Élodie"]
    assert _found(story, tags=("night",)) == []
    assert (_found(story, rating=4), _found(story, rating=5)) == (["Élodie"], [])
    assert _found(story, needs_person=True) == ["Élodie"]
    assert (_found(story, owner=rita_ref), _found(story, owner="none")) == (["Élodie"], ["Ann"])
    for text in ("élodie", "ÉLODIE müller", "corp.example", "(415) 555-0102", "ats-7"):
        assert _found(story, text=text) == ["Élodie"], text
    assert _found(story, text="100%", states=("withdrawn",)) == ["100%"]
    assert _found(story, text="1_0", states=("withdrawn",)) == []
    assert _found(story, answers=(("licence", "no"),)) == ["Ann"]
    assert _found(story, answers=(("licence", "yes"),)) == []
    assert _found(story, created_since=date(2026, 3, 2)) == both
    assert _found(story, created_since=date(2026, 3, 3)) == []
    assert _found(story, moved_since=date(1, 1, 1)) == both
    assert ann.application_id != bob.application_id


def test_a_stage_or_an_application_of_another_job_is_refused(story: Story) -> None:
    story.job()
    story.job("Cook")
    story.apply("Cook/new")
    with reading(story.runtime) as work:
        job_id = work.connection.execute(
            select(Stage.job_id).where(Stage.id == story.stages["Barista/new"])
        ).scalar_one()
        with pytest.raises(NotFound, match="has no stage"):
            matching_ids(work, job_id, BoardFilter(stages=(_stage(story, "Cook/new"),)))
        ref = work.connection.execute(select(Application.public_id)).scalar_one()
        with pytest.raises(NotFound, match="has no application"):
            ids_of(work, job_id, [ref])


def test_an_answer_of_several_choices_is_found_by_one_of_them(story: Story) -> None:
    choices = {"key": "shift", "type": "multiple_choice", "text": "When?", "options": ["Early", "Late", "Über Nacht"]}
    campaign = {
        "callboard": 1, "name": "Shifts", "language": "en", "welcome": {"text": "Hi"},
        "modules": [{"key": "basics", "type": "questions", "questions": [choices]}], "conclusion": {"text": "Thanks"},
    }  # fmt: skip
    story.job(campaign=campaign, channels=["sms"])
    story.apply()
    story.says("yes", kind="sms")  # type: ignore[arg-type]
    story.says("1, 3", kind="sms")  # type: ignore[arg-type]
    assert _found(story, answers=(("shift", "über nacht"),)) == ["Ann"]
    assert _found(story, answers=(("shift", "Late"),)) == []


def test_a_crowd_is_counted_by_stage_and_by_status(story: Story) -> None:
    story.job()
    crowd(story, 24)
    with reading(story.runtime) as work:
        job_id = work.connection.execute(select(Job.id)).scalar_one()
        assert count_by_stage(work, job_id, BoardFilter()) == dict.fromkeys(story.stages.values(), 8)
        assert set(count_by_status(work, job_id, BoardFilter()).values()) == {3}
