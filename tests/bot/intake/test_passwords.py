"""Which passwords may be chosen."""

import time
from contextlib import suppress

import pytest
from zxcvbn.matching import RANKED_DICTIONARIES

from bot.errors import InvalidEvent
from bot.intake.passwords import LONGEST_PASSWORD, hashed_password, is_right

KNOWN = ("ann.silva@example.org", "Ann Silva")
GUESSED = ["password", "12345678", "1234567890", "qwertyuiop", "P@ssw0rd", "Password123!", "aaaaaaaa", "callboard", "Callboard1",
           "ann.silva@example.org", "01012020", "abcdefgh", "iloveyou1"]  # fmt: skip
FINE = [
    "four unrelated words",
    "xkcd kdjf",
    "kT9#mq2Z",
    "пароль мой длинный",
    "😀😀😀 and more",
    "x kq z w 7 p",
    "  blanks at both ends  ",
]


@pytest.mark.parametrize("password", GUESSED)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(InvalidEvent, match="first that are guessed"):
        hashed_password(password, *KNOWN)


def test_the_ten_thousand_commonest_are_refused() -> None:
    for word in list(RANKED_DICTIONARIES["passwords"])[:10_000]:
        with pytest.raises(InvalidEvent):
            hashed_password(word)


@pytest.mark.parametrize("password", FINE)
def test_all_others_are_taken_unaltered(password: str) -> None:
    kept = hashed_password(password, *KNOWN)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert is_right(kept, password)
    assert not is_right(kept, password.strip() if password != password.strip() else password[:-1])


def test_long_ones_count_to_their_last_character() -> None:
    long = "horse staple " * 15 + "x"
    assert is_right(hashed_password(long), long)
    assert not is_right(hashed_password(long), f"{long[:-1]}y")
    with pytest.raises(InvalidEvent, match="8 to 200 characters"):
        hashed_password("y" + "z" * LONGEST_PASSWORD)


@pytest.mark.parametrize("password", ["", "1234567", "\udc80aaaaaaaa"])
def test_what_is_too_short_or_no_text_is_refused(password: str) -> None:
    with pytest.raises(InvalidEvent):
        hashed_password(password)


HOSTILE = ["4@8({[<36€9&#!1|0$5+7%2/" * 8, "1l|!" * 50, "4@8(6" * 40, "ab" * 100, "qwertyuiop" * 20, "01012020" * 25]


@pytest.mark.parametrize("password", HOSTILE, ids=range(len(HOSTILE)))
def test_no_password_keeps_us_thinking(password: str) -> None:
    begun = time.process_time()
    with suppress(InvalidEvent):
        hashed_password(password)
    assert time.process_time() - begun < 2
