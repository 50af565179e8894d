"""What the mentions of days in a text and the words around them come to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flows.understanding import date_rules as rules
from flows.understanding.date_items import Piece
from flows.understanding.date_mentions import Found, Kind, Mention, Scene
from flows.understanding.date_rules_relative import RELATIVE
from flows.understanding.day_arithmetic import make
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood

_NONE: NotUnderstood = NotUnderstood(Problem.NOT_A_DATE)
_MOST = 3
_TELLING = (
    *("doubt", "nots", "or", "to", "between", "next", "last", "end", "begin", "mid", "weekend"),
    *("unit_day", "unit_week", "unit_month", "unit_year"),
)

_RULES: tuple[Callable[[Scene, int], Found], ...] = (
    rules.time_of_day,
    rules.shaped,
    *RELATIVE[:1],
    rules.day_month,
    rules.month_day,
    rules.year_month_day,
    rules.spaced,
    *RELATIVE[1:3],
    rules.day_of_month_named,
    rules.part_of,
    *RELATIVE[3:],
    rules.month_alone,
    rules.bare_day,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A reading, and whether the text holds words unknown to the language, or names only a time of day."""

    reading: Reading[date]
    strange: bool = False
    timed: bool = False


def judge(scene: Scene, *, asked: bool) -> Verdict:
    """Judge a whole text; *asked* when it holds a question mark. Raises NoSuchDateError."""
    found, rest = _mentions(scene)
    mentions = [mention for mention in found if mention.kind is not Kind.TIME]
    if not mentions or len(mentions) > 6:
        return Verdict(_NONE, timed=bool(found))
    mention = _settled(mentions)
    if mention is None:
        return Verdict(_NONE)
    days = tuple(day for day in dict.fromkeys(mention.days) if make(day.year, day.month, day.day))[:_MOST]
    if not days:
        return Verdict(NotUnderstood(Problem.NO_SUCH_DATE))
    strange = any(not piece.roles for piece in rest)
    if strange or asked or not mention.sure or len(days) > 1 or any(map(_doubts, rest)):
        return Verdict(Doubtful(days), strange)
    return Verdict(Understood(days[0]))


def _mentions(scene: Scene) -> tuple[list[Mention], list[Piece]]:
    """Return the mentions of days and times and the pieces that belong to none."""
    found: list[Mention] = []
    rest: list[Piece] = []
    i = 0
    while i < len(scene.pieces):
        match = next((match for rule in _RULES if (match := rule(scene, i))), None)
        if match is None:
            rest.append(scene.pieces[i])
            i += 1
            continue
        mention, i = match
        found.append(mention)
    return found, rest


def _doubts(piece: Piece) -> bool:
    """Tell whether a piece beside a date makes it doubtful."""
    if piece.number is not None or piece.shape:
        return not piece.article
    if piece.has("filler", "article", "mark", "at", "time"):
        return piece.has("doubt") or (piece.has("nots") and not piece.has("filler"))
    return piece.has(*_TELLING)


def _settled(mentions: Sequence[Mention]) -> Mention | None:
    """Make one of several mentions: a weekday confirms a date, a firm mention displaces loose ones.

    Different days are kept side by side, in doubt; None when there are too many.
    """
    firm = [mention for mention in mentions if mention.kind is not Kind.LOOSE]
    loose = len(firm) != len(mentions)
    kept = _confirmed(firm or list(mentions))
    dated = [mention for mention in kept if mention.kind is not Kind.BARE] or kept
    bare = len(dated) != len(kept)
    days = tuple(
        dict.fromkeys(day for mention in dated for day in (mention.days if len(dated) == 1 else mention.days[:1]))
    )
    if len(days) > _MOST:
        return None
    same = all(mention.days == dated[0].days for mention in dated)
    sure = same and all(mention.sure for mention in dated) and not bare and not (loose and firm)
    return Mention(dated[0].kind, days, sure=sure)


def _confirmed(mentions: list[Mention]) -> list[Mention]:
    """Drop weekdays that a date bears out; a weekday that contradicts the date leaves it in doubt."""
    weekdays = [mention for mention in mentions if mention.weekday is not None]
    dates = [mention for mention in mentions if mention.weekday is None and mention.kind is not Kind.LOOSE]
    if len(weekdays) != 1 or len(dates) != 1:
        return mentions
    weekday, dated = weekdays[0].weekday, dates[0]
    fitting = tuple(day for day in dated.days if day.weekday() == weekday)
    if not fitting:
        either = weekdays[0].days[:1] if dated.kind is not Kind.DATE else ()
        return [replace(dated, days=(*dated.days, *either), sure=False)]
    if len(dated.days) == 1:
        return [replace(dated, sure=dated.sure or dated.kind is Kind.BARE)]
    if dated.kind is Kind.BARE and fitting[0] != dated.days[0]:
        return [replace(dated, days=tuple(dict.fromkeys((*fitting, *dated.days))), sure=False)]
    return [replace(dated, days=fitting, sure=len(fitting) == 1)]
