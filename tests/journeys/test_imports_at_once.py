"""A table's people are added by several workers at once, while others correct and merge."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from bot.errors import Conflict
from bot.intake import import_runs, imports
from bot.intake.merging import merge
from bot.models import Application, Candidate, StageMove
from bot.work import unit_of_work
from tests.journeys.importing import MANY, NOBODY, Importer, count, ready, statuses
from tests.stories import ANN, Story
from tests.waiting import somebody_waits, wait_until


def test_two_workers_at_once_add_each_person_once(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    imported, known = ready(story), import_runs.apply_for
    imported.start()
    others: list[Any] = []
    with ThreadPoolExecutor(1) as pool:

        def apply_for(*given: Any, **more: Any) -> Any:
            monkeypatch.setattr(import_runs, "apply_for", known)
            others.append(pool.submit(imported.go_on))
            wait_until(lambda: others[0].done() or somebody_waits(story.runtime))
            return known(*given, **more)

        monkeypatch.setattr(import_runs, "apply_for", apply_for)
        assert imported.go_on() + others[0].result(timeout=20) == MANY
    check_each_is_added_once(imported)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_whom_one_worker_has_in_hand_another_passes_over_and_goes_on(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported, known = ready(story), import_runs.apply_for
    others = []

    def apply_for(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(import_runs, "apply_for", known)
        with ThreadPoolExecutor(1) as pool:
            others.append(pool.submit(imported.go_on).result(timeout=20))
        assert imported.row().state == "running"
        return known(*given, **more)

    monkeypatch.setattr(import_runs, "apply_for", apply_for)
    imported.start()
    assert (imported.go_on(), others) == (1, [MANY - 1])
    check_each_is_added_once(imported)


def check_each_is_added_once(imported: Importer) -> None:
    story = imported.story
    imported.go_on()
    assert imported.row().state == "done"
    assert (count(story, Candidate), count(story, Application), count(story, StageMove)) == (MANY, MANY, MANY)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_row_that_a_worker_has_in_hand_is_put_right_by_nobody_and_added_once(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported, known = ready(story, "Name,Phone\nAnn,415 555 0111\n"), import_runs.apply_for
    imported.start()
    corrections = []
    with ThreadPoolExecutor(1) as pool:

        def apply_for(*given: Any, **more: Any) -> Any:
            imported.do(imports.cancel, NOBODY)
            corrections.append(pool.submit(imported.do, imports.put_right, 2, {1: "415 555 0119"}))
            wait_until(lambda: somebody_waits(story.runtime))
            return known(*given, **more)

        monkeypatch.setattr(import_runs, "apply_for", apply_for)
        imported.go_on()
        with pytest.raises(Conflict, match="added already"):
            corrections[0].result(timeout=20)
    assert (statuses(imported), imported.stage_of("+14155550111")) == (["done"], "screening")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_is_added_while_they_are_merged_is_both(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.job()
    story.job("Waiter")
    people = [story.apply("Waiter/new", phone=phone).candidate_id for phone in (ANN, "+14155550121")]
    imported, known = ready(story, "Name,Phone\nBob,415 555 0121\n"), import_runs.apply_for
    merges = []

    def merge_them() -> None:
        with unit_of_work(story.runtime) as work:
            refs = select(Candidate.public_id).where(Candidate.id.in_(people)).order_by(Candidate.id)
            merge(work, *work.connection.execute(refs).scalars().all(), NOBODY)

    with ThreadPoolExecutor(1) as pool:

        def apply_for(*given: Any, **more: Any) -> Any:
            monkeypatch.setattr(import_runs, "apply_for", known)
            merges.append(pool.submit(merge_them))
            wait_until(lambda: somebody_waits(story.runtime))
            return known(*given, **more)

        monkeypatch.setattr(import_runs, "apply_for", apply_for)
        imported.run()
        merges[0].result(timeout=20)
    assert statuses(imported) == ["done"]
    assert count(story, Candidate) == 1
