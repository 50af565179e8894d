"""Who may be one person."""

import pytest
from sqlalchemy import select

from bot.audit import Actor
from bot.errors import NotFound
from bot.intake.duplicates import Likeness, Someone, find_duplicates, likely, similar_numbers, tell_apart
from bot.intake.merging import merge
from bot.models import Candidate, Job
from bot.work import reading, unit_of_work
from tests.stories import ANN, Story

BOB = "+14155550102"


def someone(number: int, name: str, phone: str | None = None, email: str | None = None) -> Someone:
    first, _, last = name.partition(" ")
    return Someone(number, f"c{number}", first, last, phone, email)


def pairs(*people: Someone) -> list[tuple[int, int, Likeness]]:
    return [(pair.first.id, pair.second.id, pair.likeness) for pair in likely(people)]


def test_one_address_in_any_capitals_is_one_person() -> None:
    found = pairs(
        someone(2, "Ben", BOB, "Ann@Example.org"), someone(1, "Ann", ANN, "ann@example.org"), someone(3, "Eva")
    )
    assert found == [(1, 2, Likeness.EMAIL)]


def test_one_name_in_any_order_and_nearly_one_number_is_one_person() -> None:
    assert pairs(someone(1, "Inês Silva", ANN), someone(2, "SILVA Ines", BOB)) == [(1, 2, Likeness.NAME)]
    assert pairs(someone(1, "Ines Silva", ANN), someone(2, "Ines Silva", "+351912345678")) == []
    assert pairs(someone(1, "Ines", ANN), someone(2, "Ines", BOB)) == []


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (ANN, BOB, "alike"),
        ("+14155550101", "+14155551001", "alike"),
        ("+351912345678", "+34912345678", "alike"),
        (ANN, None, "alike"),
        (ANN, "+14155559999", "apart"),
    ],
)
def test_numbers_are_similar_by_slips_and_by_their_last_digits(first: str, second: str | None, verdict: str) -> None:
    assert similar_numbers(first, second) is (verdict == "alike")


def test_a_name_that_half_the_world_has_does_not_take_forever() -> None:
    crowd = [someone(number, "Ann Silva", f"+1415555{number:04}") for number in range(5_000)]
    assert len(likely(crowd)) <= 190


def refs(story: Story) -> list[str]:
    with reading(story.runtime) as work:
        return list(work.connection.execute(select(Candidate.public_id).order_by(Candidate.id)).scalars())


def shown(story: Story, title: str = "Barista") -> list[tuple[str, str]]:
    with reading(story.runtime) as work:
        job_id = work.connection.execute(select(Job.id).where(Job.title == title)).scalar_one()
        return [(pair.first.public_id, pair.second.public_id) for pair in find_duplicates(work, job_id)]


def test_a_job_shows_pairs_of_its_own_people_and_of_those_elsewhere_with_an_address_in_common(story: Story) -> None:
    story.job()
    story.job("Waiter")
    story.apply("Waiter/new", phone=ANN, first_name="A", email="ann@example.org")
    story.apply("Barista/new", phone=BOB, first_name="B", email="Ann@example.org")
    story.apply("Barista/new", phone="+14155550103", first_name="C")
    first, second, _ = refs(story)
    assert shown(story) == [(first, second)]
    assert shown(story, "Waiter") in ([], [(first, second)])


def test_two_who_were_told_apart_are_not_shown_again(story: Story) -> None:
    story.job()
    for phone in (ANN, BOB):
        story.apply("Barista/new", phone=phone)
    first, second = refs(story)
    assert shown(story) == [(first, second)]
    for _ in range(2):
        with unit_of_work(story.runtime) as work:
            tell_apart(work, second, first, Actor(label="test"))
    assert shown(story) == []
    with unit_of_work(story.runtime) as work:
        for other in ("nobody", first):
            with pytest.raises(NotFound):
                tell_apart(work, first, other, Actor(label="test"))


@pytest.mark.parametrize("gone_first", ["gone first", ""])
def test_who_was_told_apart_from_one_who_is_merged_is_apart_from_the_one_who_was_kept(
    story: Story, gone_first: str
) -> None:
    story.job()
    for phone in (ANN, BOB, "+14155550103"):
        story.apply("Barista/new", phone=phone)
    first, second, third = refs(story)
    kept, gone, apart = (second, first, third) if gone_first else (first, second, third)
    with unit_of_work(story.runtime) as work:
        for other in (apart, kept):
            tell_apart(work, gone, other, Actor(label="test"))
        if gone_first:
            tell_apart(work, kept, apart, Actor(label="test"))
        merge(work, kept, gone, Actor(label="test"))
    assert shown(story) == []
    assert len(refs(story)) == 2
