"""The outcome of reading a reply."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")
S = TypeVar("S")


class Problem(StrEnum):
    """Why a text could not be read; each has a fixed phrase `problem_<value>` in every language."""

    EMPTY = "empty"
    NOT_YES_NO = "not_yes_no"
    NOT_TRUE_FALSE = "not_true_false"
    NOT_A_NUMBER = "not_a_number"
    SEVERAL_NUMBERS = "several_numbers"
    NOT_A_DATE = "not_a_date"
    NO_SUCH_DATE = "no_such_date"
    NOT_AN_OPTION = "not_an_option"
    NOT_AN_EMAIL = "not_an_email"
    NOT_A_PHONE = "not_a_phone"
    NOT_A_RATING = "not_a_rating"
    NOT_A_PLACE = "not_a_place"


@dataclass(frozen=True, slots=True)
class Understood(Generic[T]):
    """The text has one plain meaning."""

    value: T


@dataclass(frozen=True, slots=True)
class Doubtful(Generic[T]):
    """The text has one or more plausible meanings, likeliest first; the candidate must say which.

    With one value the engine asks "Did you mean …?"; with two or three it offers them as choices.
    """

    values: tuple[T, ...]


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """The text has no meaning that this question can take."""

    problem: Problem


Reading = Understood[T] | Doubtful[T] | NotUnderstood
