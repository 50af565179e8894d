"""Cards are written once for all boards that were told of the same change, and anew for who was told later."""

from collections.abc import Sequence
from threading import Barrier, Thread

import pytest

from webhooks.desk import shared_cards
from webhooks.desk.shared_cards import MOST, SharedCards

BOARD, OTHER = ("job", "", (True,)), ("job", "&q=ann", (True,))


class Clock:
    """Milliseconds that pass when they are told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000
        monkeypatch.setattr(shared_cards, "now_ms", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


class Writer:
    """Writes cards, and remembers which."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, refs: Sequence[str]) -> dict[str, str]:
        self.asked.append(list(refs))
        return {ref: f"{ref}{len(self.asked)}" for ref in refs}


def test_a_hundred_boards_told_at_the_same_moment_get_what_was_written_once(clock: Clock) -> None:
    shelf, write, together = SharedCards(), Writer(), Barrier(20)

    def ask() -> None:
        together.wait()
        assert shelf.take(BOARD, ["a", "b"], 900, write) == {"a": "a1", "b": "b1"}

    threads = [Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert write.asked == [["a", "b"]]


def test_who_was_told_after_it_was_written_gets_it_anew(clock: Clock) -> None:
    shelf, write = SharedCards(), Writer()
    shelf.take(BOARD, ["a"], 900, write)
    assert shelf.take(BOARD, ["a"], 999, write) == {"a": "a1"}
    assert shelf.take(BOARD, ["a"], 1000, write) == {"a": "a2"}


def test_what_began_to_be_written_before_somebody_was_told_is_not_for_them(clock: Clock) -> None:
    shelf = SharedCards()

    def write_slowly(refs: Sequence[str]) -> dict[str, str]:
        clock.now = 2000
        return dict.fromkeys(refs, "of before")

    shelf.take(BOARD, ["a"], 900, write_slowly)
    assert shelf.take(BOARD, ["a"], 1500, Writer()) == {"a": "a1"}


def test_another_filter_or_other_rights_have_cards_of_their_own(clock: Clock) -> None:
    shelf, write = SharedCards(), Writer()
    shelf.take(BOARD, ["a"], 900, write)
    assert shelf.take(OTHER, ["a"], 900, write) == {"a": "a2"}


def test_who_does_not_say_what_they_heard_gets_what_is_so_now(clock: Clock) -> None:
    shelf, write = SharedCards(), Writer()
    shelf.take(BOARD, ["a"], 0, write)
    assert shelf.take(BOARD, ["a"], 0, write) == {"a": "a2"}


def test_the_shelf_does_not_grow_for_ever(clock: Clock) -> None:
    shelf, write = SharedCards(), Writer()
    shelf.take(BOARD, [str(number) for number in range(MOST + 5)], 900, write)
    assert len(shelf._kept) == MOST
