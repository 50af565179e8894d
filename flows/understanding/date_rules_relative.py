"""Rules that find days named from today: "tomorrow", "next Friday", "in two weeks"."""

from collections.abc import Callable
from datetime import date

from flows.understanding.calendar_words import idiom
from flows.understanding.date_mentions import Found, Kind, Mention, Scene
from flows.understanding.day_arithmetic import (
    NoSuchDateError,
    add_months,
    coming_weekday,
    later,
    make,
    month_end,
    week_start,
)
from flows.understanding.number_words import speller

_UNITS = ("unit_day", "unit_week", "unit_month", "unit_year")
_SUNDAY = 6
_WEEK = 7
_MOST = 40_000


def named_day(scene: Scene, i: int) -> Found:
    """Read "today", "tomorrow", "the day after tomorrow"."""
    days = scene.at(i).details("day")
    return (Mention(Kind.RELATIVE, (later(scene.today, days[0]),)), i + 1) if days else None


def soon(scene: Scene, i: int) -> Found:
    """Read "as soon as possible" as today, loosely, and "the weekend" as its two days."""
    if scene.at(i).has("asap"):
        return Mention(Kind.LOOSE, (scene.today,), sure=False), i + 1
    start = scene.skip(i, "this", "next", "coming")
    if not scene.at(start).has("weekend"):
        return None
    saturday = later(week_start(scene.today), 5)
    ahead = _WEEK if start > i and scene.at(i).has("next") else 0
    days = (later(saturday, ahead), later(saturday, ahead + 1))
    return Mention(Kind.LOOSE, days, sure=False), scene.skip(start + 1, "next", "this", "coming")


def weekday(scene: Scene, i: int) -> Found:
    """Read "Monday", "next Friday", "Monday next week", "last Monday", as `_meant` says."""
    before = scene.at(i)
    side = next((role for role in ("next", "coming", "this", "last") if before.has(role)), "")
    at = i + 1 if side else i
    names = scene.at(at).details("weekday") or _short(scene, at)
    if not names:
        return _week_then_day(scene, i)
    end = at + 1
    after = scene.skip(end, "of", "article", "mark", "filler")
    if found := _next_week(scene, after):
        return Mention(Kind.WEEKDAY, (later(found[0], names[0]),), weekday=names[0]), found[1]
    if not side:
        side = next((role for role in ("next", "coming", "last") if scene.at(end).has(role)), "")
        end += bool(side)
    days = _meant(names[0], side, scene.today)
    alone = len(scene.pieces) == 1 and not scene.at(at).details("weekday")  # "Do" may be a slip
    sure = len(days) == 1 and len(names) == 1 and not scene.months(at) and not scene.at(at).ordinal and not alone
    return Mention(Kind.WEEKDAY, days, sure=sure, weekday=names[0]), end


def _short(scene: Scene, at: int) -> tuple[int, ...]:
    """Return the weekday that two letters name directly before a date, or as all that is said: "Mo 22.3."."""
    following = scene.at(at + 1)
    if len(scene.pieces) == 1 or following.shape or following.number is not None or following.has("comma", "mark"):
        return scene.at(at).details("short")
    return ()


def _meant(day: int, side: str, today: date) -> tuple[date, ...]:
    """Return the days that a weekday may mean.

    Alone it is the coming one; on that very weekday it may be today. "Next Friday" is the coming one when
    that falls in another week (Monday to Sunday) than today; otherwise, and on a Sunday, for whom the new week
    may have begun, it may also be the one after. "Last Monday" may be the one before the last.
    """
    coming = coming_weekday(day, today)
    if side == "last":
        gone = later(coming, -_WEEK if coming != later(today, _WEEK) else -2 * _WEEK)
        return (gone, later(gone, -_WEEK))
    if side == "coming":
        return (coming,)
    if side == "next":
        same_week = coming <= later(week_start(today), 6) or today.weekday() == _SUNDAY
        return (coming, later(coming, _WEEK)) if same_week and coming != later(today, _WEEK) else (coming,)
    if coming == later(today, _WEEK):
        return (today, coming)
    if side == "this" and coming > later(week_start(today), 6):
        return (coming, later(coming, -_WEEK))
    return (coming,)


def _next_week(scene: Scene, i: int) -> tuple[date, int] | None:
    """Return the Monday of "next week" or "this week", and where the words end."""
    for side, unit in ((i, i + 1), (i + 1, i)):
        if scene.at(unit).has("unit_week"):
            for role, ahead in (("next", 1), ("coming", 1), ("this", 0), ("last", -1)):
                if scene.at(side).has(role):
                    return later(week_start(scene.today), ahead * _WEEK), i + 2
    return None


def _week_then_day(scene: Scene, i: int) -> Found:
    """Read "next week Monday"."""
    found = _next_week(scene, i)
    if found is None:
        return None
    at = (
        scene.skip(found[1], "filler", "article", "of", "mark")
        if scene.at(found[1]).has("filler", "article")
        else found[1]
    )
    names = scene.at(at).details("weekday")
    if not names:
        return None
    return Mention(Kind.WEEKDAY, (later(found[0], names[0]),), weekday=names[0]), at + 1


def weekday_of_month(scene: Scene, i: int) -> Found:
    """Read "the first Monday of April", "last Friday of March" and "the first week of April", loosely."""
    if scene.at(i).has("last"):
        return _last_of_month(scene, i)
    which = scene.at(i).number
    if which is None or not (scene.at(i).ordinal or scene.at(i + 1).has("unit_week")) or which > 5:
        return None
    names = scene.at(i + 1).details("weekday")
    week = scene.at(i + 1).has("unit_week")
    at = scene.skip(i + 2, "of", "mark")
    months = scene.months(at)
    if not (names or week) or not months:
        return None
    years, after = scene.year(at + 1)
    year = years[0] if years else scene.today.year + (months[0] < scene.today.month)
    first = make(year, months[0], 1)
    if first is None:
        raise NoSuchDateError
    ahead = (which - 1) * _WEEK
    day = later(first, ahead) if week else later(coming_weekday(names[0], later(first, -1)), ahead)
    return Mention(Kind.LOOSE, (day,), sure=False), after if years else at + 1


def _last_of_month(scene: Scene, i: int) -> Found:
    names = scene.at(i + 1).details("weekday")
    at = scene.skip(i + 2, "of", "mark")
    if not names or not (months := scene.months(at)):
        return None
    first = date(scene.today.year + (months[0] < scene.today.month), months[0], 1)
    day = later(coming_weekday(names[0], month_end(first)), -_WEEK)
    return Mention(Kind.LOOSE, (day,), sure=False), at + 1


def span(scene: Scene, i: int) -> Found:
    """Read "in two weeks", "10 days ago", "two weeks from now", "in a month", "hace 3 días"."""
    lead = next((role for role in ("in", "within", "ago") if scene.at(i).has(role)), "")
    start = i + 1 if lead else i
    counted = _counted(scene, start)
    if counted is None and lead:
        start = scene.skip(start, "within", "mark")
        lead = "within" if start > i + 1 else lead
        counted = _counted(scene, start)
    if counted is None:
        return None
    numbers, unit, end = counted
    trail = next((role for role in ("hence", "ago") if scene.at(end).has(role)), "")
    past = trail == "ago" or (lead == "ago" and not trail)
    days = tuple(dict.fromkeys(_shifted(scene, -number if past else number, unit) for number in numbers))
    firm = (lead in {"in", "ago"} or bool(trail)) and len(days) == 1 and _whole(scene, numbers[0], unit)
    if other := _idiom(scene, numbers[0], unit):
        days, firm = (*days, other), False
    if scene.at(i).has("doubt") and lead not in {"ago", "in"}:
        firm = False
    if unit == "unit_year" and not (lead or trail):
        return None  # rather an age than a day
    kind = Kind.RELATIVE if lead or trail else Kind.LOOSE
    return Mention(kind, days[:3], sure=firm), end + bool(trail)


def _counted(scene: Scene, i: int) -> tuple[tuple[int, ...], str, int] | None:
    """Read a number and a unit, or two numbers and a unit; a unit in the dual is both."""
    piece = scene.at(i)
    for unit in _UNITS:
        if f"dual:{unit[5:]}" in piece.roles:
            return (2,), unit, i + 1
    if piece.shape and len(piece.shape) == 3 and piece.shape[2] == "-" and (unit := _unit(scene, i + 1)):
        return (int(piece.shape[0][:3]), int(piece.shape[1][:3])), unit, i + 2
    number = 1 if piece.text in speller(scene.lang).weak_articles else piece.number
    if number is None:
        unit = _unit(scene, i)
        one = unit and scene.lang == "ar" and scene.at(i - 1).has("in", "ago", "within")
        return ((1,), unit, i + 1) if one and unit else None
    if piece.ordinal or number > _MOST:
        return None
    if unit := _unit(scene, i + 1):
        return (number,), unit, i + 2
    second = scene.at(i + 2).number
    if scene.at(i + 1).has("or", "to") and second is not None and (unit := _unit(scene, i + 3)):
        return (number, min(second, _MOST)), unit, i + 4
    return None


def _unit(scene: Scene, i: int) -> str:
    return next((unit for unit in _UNITS if scene.at(i).has(unit)), "")


def _shifted(scene: Scene, number: int, unit: str) -> date:
    if unit in {"unit_day", "unit_week"}:
        return later(scene.today, number * (_WEEK if unit == "unit_week" else 1))
    day = add_months(scene.today, number * (12 if unit == "unit_year" else 1))
    return later(day, 0) if make(day.year, day.month, day.day) else _no_day()


def _no_day() -> date:
    raise NoSuchDateError


def _whole(scene: Scene, number: int, unit: str) -> bool:
    """Tell whether so many months from today is the same day of the month."""
    return unit in {"unit_day", "unit_week"} or _shifted(scene, number, unit).day == scene.today.day


def _idiom(scene: Scene, number: int, unit: str) -> date | None:
    days = idiom(scene.lang, number) if unit == "unit_day" else None
    return later(scene.today, days) if days else None


def period(scene: Scene, i: int) -> Found:
    """Read "next week" as its Monday and "next month" as its first day, loosely."""
    if found := _next_week(scene, i):
        return Mention(Kind.LOOSE, (max(scene.today, found[0]),), sure=False), found[1]
    for side, unit in ((i, i + 1), (i + 1, i)):
        for role, ahead in (("next", 1), ("coming", 1)):
            if not scene.at(side).has(role):
                continue
            if scene.at(unit).has("unit_month"):
                return Mention(Kind.LOOSE, (add_months(scene.today.replace(day=1), ahead),), sure=False), i + 2
            if scene.at(unit).has("unit_year"):
                return Mention(Kind.LOOSE, (date(scene.today.year + 1, 1, 1),), sure=False), i + 2
    return None


RELATIVE: tuple[Callable[[Scene, int], Found], ...] = (
    weekday_of_month,
    named_day,
    span,
    weekday,
    period,
    soon,
)
