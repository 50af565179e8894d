"""Rules that find days named by number, by month and by span; each returns a mention and where it ends."""

from datetime import date

from flows.understanding.date_mentions import Found, Kind, Mention, Scene
from flows.understanding.date_shapes import day_and_month, may_be_a_time, run_of_digits, three_parts
from flows.understanding.day_arithmetic import (
    NoSuchDateError,
    add_months,
    days_of_month,
    full_years,
    later,
    make,
    month_end,
    occurrences,
    week_start,
)

_LINK = ("or", "to", "and", "between")


def time_of_day(scene: Scene, i: int) -> Found:
    """Pass over "at 9" and "9 o'clock"."""
    piece = scene.at(i)
    if piece.has("at") and scene.at(i + 1).number is not None:
        end = i + 3 if scene.at(i + 2).has("time") else i + 2
        return None if scene.months(end) or scene.at(i + 1).ordinal else (Mention(Kind.TIME, ()), end)
    if piece.number is not None and not piece.ordinal and not piece.roles and scene.at(i + 1).has("time"):
        return None if scene.months(i + 1) else (Mention(Kind.TIME, ()), i + 2)
    return None


def shaped(scene: Scene, i: int) -> Found:
    """Read digits in the shape of a date: "22/3/2026", "22.3", "3/2026"."""
    shape = scene.at(i).shape
    if len(shape) == 5:
        days = three_parts((shape[0], shape[1], shape[2]), scene.order, scene.today, shape[3])
        return (Mention(Kind.DATE, days, sure=len(days) == 1), i + 1) if days else None
    if len(shape) != 3:
        return None
    first, second, sign = shape
    if max(len(first), len(second)) == 4:
        return _month_of_year(first, second, i)
    if max(len(first), len(second)) > 2:
        return None
    pair = (int(first), int(second))
    if sign != "." and (found := _days_then_month(scene, pair, i + 1)):
        return found
    return _pair(scene, pair, sign, i)


def _pair(scene: Scene, pair: tuple[int, int], sign: str, i: int) -> Found:
    years, end = scene.year(i + 1)
    if years and end == i + 2:
        days = three_parts((str(pair[0]), str(pair[1]), str(years[0])), scene.order, scene.today, sign)
        return (Mention(Kind.DATE, days, sure=len(days) == 1), end) if days else None
    try:
        days, sure = day_and_month(*pair, scene.order, scene.today)
    except NoSuchDateError:
        if sign == "-" and all(1 <= day <= 31 for day in pair):
            each = tuple(days_of_month(day, scene.today)[0] for day in pair)
            return Mention(Kind.BARE, each, sure=False), i + 1
        if sign == ".":
            return None  # a decimal number
        if len(found_year := full_years(f"{pair[1]:02}", scene.today)) == 1 and 1 <= pair[0] <= 12 and pair[1] > 31:
            return Mention(Kind.LOOSE, (date(found_year[0], pair[0], 1),), sure=False), i + 1
        raise
    sure = sure and len(days) == 1 and sign != "-" and not (sign == "." and may_be_a_time(pair, days[0], scene.order))
    return Mention(Kind.DATE, days, sure=sure), i + 1


def _month_of_year(first: str, second: str, i: int) -> Found:
    year, month = (first, second) if len(first) == 4 else (second, first)
    start = make(int(year), int(month), 1) if len(month) <= 2 else None
    return (Mention(Kind.LOOSE, (start,), sure=False), i + 1) if start else None


def _days_then_month(scene: Scene, days: tuple[int, ...], i: int) -> Found:
    """Read what follows "22-23" or "22 or 23": a month, and perhaps a year."""
    end = scene.skip(i, "of", "mark") if not scene.months(i) else i
    months = scene.months(end)
    if not months:
        return None
    years, after = scene.year(end + 1)
    found = [_one(scene, day, months[0], years)[0] for day in days]
    return Mention(Kind.DATE, tuple(dict.fromkeys(found)), sure=False), after if years else end + 1


def _one(scene: Scene, day: int, month: int, years: tuple[int, ...]) -> tuple[date, ...]:
    """Return the dates of a day and a month. Raises NoSuchDateError."""
    if not years:
        return occurrences(day, month, scene.today)
    found = tuple(made for year in years if (made := make(year, month, day)))
    if not found:
        raise NoSuchDateError
    return found


def day_month(scene: Scene, i: int) -> Found:
    """Read "22 March", "22nd of March 2026", "22 or 23 March"."""
    if scene.at(i).number is None:
        return None
    middle = i + 1 if scene.months(i + 1) else scene.skip(i + 1, "of", "mark", "comma")
    if scene.months(middle) and not (middle > i + 1 and scene.at(middle - 1).has("comma")):
        return _dated(scene, i, middle)
    link = scene.skip(i + 1, "mark")
    if not scene.at(link).has(*_LINK):
        return None
    second = scene.skip(link, *_LINK, "article", "mark")
    days = (scene.day(i), scene.day(second))
    if days[0] is None or days[1] is None:
        return None
    return _days_then_month(scene, (days[0], days[1]), second + 1)


def _dated(scene: Scene, i: int, middle: int) -> Found:
    day = scene.day(i)
    if day is None:
        number = scene.at(i).number or 0
        if number < 100 and middle == i + 1:
            raise NoSuchDateError
        return None
    years, after = scene.year(middle + 1)
    days = [found for month in scene.months(middle) for found in _one(scene, day, month, years)]
    end = after if years else middle + 1
    hour = bool(years) and _may_be_hour(scene, after - 1, years[0])
    return Mention(Kind.DATE, tuple(dict.fromkeys(days)), sure=len(days) == 1 and not hour), end


def _may_be_hour(scene: Scene, at: int, year: int) -> bool:
    """Tell whether "22 March 10" is rather ten o'clock than 2010."""
    text = scene.at(at).text
    return len(text) == 2 and int(text) <= 24 and abs(year - scene.today.year) > 1


def month_day(scene: Scene, i: int) -> Found:
    """Read "March 22", "March the 22nd, 2026", "March 22 or 23"."""
    if not scene.months(i):
        return None
    shape = scene.at(i + 1).shape
    if len(shape) == 3 and shape[2] == "-" and max(map(int, shape[:2])) <= 31:
        found = [_one(scene, int(number), scene.months(i)[0], ())[0] for number in shape[:2] if int(number)]
        return Mention(Kind.DATE, tuple(dict.fromkeys(found)), sure=False), i + 2
    at = scene.skip(i + 1, "article", "mark", "of", "comma") if scene.day(i + 1) is None else i + 1
    day = scene.day(at)
    if day is None or scene.months(at + 1) or scene.at(at).article:
        return None
    month = scene.months(i)[0]
    second = scene.skip(at + 1, *_LINK, "article", "mark")
    linked = scene.at(at + 1).has("or", "to", "dash") and scene.day(second)
    if linked and not scene.months(second + 1):
        days = tuple(_one(scene, number, month, ())[0] for number in (day, linked))
        return Mention(Kind.DATE, days, sure=False), second + 1
    years, after = scene.year(at + 1)
    days = _one(scene, day, month, years)
    short = not scene.at(at).ordinal and not years and _may_be_year(scene, i, at)
    return Mention(Kind.DATE, days, sure=len(days) == 1 and not short), after if years else at + 1


def _may_be_year(scene: Scene, i: int, at: int) -> bool:
    """Tell whether "mars 26" may be the month of a year, as it may outside English."""
    return scene.lang != "en" and at == i + 1 and len(scene.at(at).text) == 2 and scene.at(at).text.isdecimal()


def year_month_day(scene: Scene, i: int) -> Found:
    """Read "2026 March 22"."""
    years, after = scene.year(i)
    if not years or after != i + 1 or not scene.months(i + 1) or (day := scene.day(i + 2)) is None:
        return None
    days = _one(scene, day, scene.months(i + 1)[0], years)
    return Mention(Kind.DATE, days, sure=len(days) == 1), i + 3


def spaced(scene: Scene, i: int) -> Found:
    """Read "22 3 2026", "22 del 3 del 2026", and eight digits in a row."""
    if found := _of_numbers(scene, i):
        return found
    texts = tuple(scene.at(i + ahead).text for ahead in range(3))
    if texts[0].isdecimal() and len(texts[0]) == 8:
        days = run_of_digits(texts[0])
        return (Mention(Kind.DATE, days[:3], sure=False), i + 1) if days else None
    if not all(text.isdecimal() for text in texts) or any(scene.at(i + n).ordinal for n in range(3)):
        return None
    if len(texts[0]) > 2 or len(texts[1]) > 2 or len(texts[2]) not in {2, 4} or scene.months(i + 3):
        return None
    days = three_parts((texts[0], texts[1], texts[2]), scene.order, scene.today, " ")
    sure = len(days) == 1 and len(texts[2]) == 4
    return (Mention(Kind.DATE, days, sure=sure), i + 3) if days else None


def _of_numbers(scene: Scene, i: int) -> Found:
    """Read "22 del 3" and "22 del 3 de 2026": day before month in every language that says so."""
    at = scene.skip(i + 1, "of")
    day, month = scene.day(i), scene.at(at)
    if scene.lang == "en" or at == i + 1 or day is None or not month.text.isdecimal() or len(month.text) > 2:
        return None
    if month.ordinal or not 1 <= int(month.text) <= 12:
        return None
    years, after = scene.year(at + 1)
    days = _one(scene, day, int(month.text), years)
    return Mention(Kind.DATE, days, sure=len(days) == 1), after if years else at + 1


def day_of_month_named(scene: Scene, i: int) -> Found:
    """Read "the 22nd of next month", "el 22 del mes que viene", "the 22nd of this month"."""
    day = scene.day(i)
    if day is None:
        return None
    start = scene.skip(i + 1, "of", "mark")
    ahead, end = which_month(scene, start)
    if ahead is None:
        return None
    first = add_months(scene.today.replace(day=1), ahead)
    found = make(first.year, first.month, day)
    if found is None:
        raise NoSuchDateError
    return Mention(Kind.DATE, (found,)), end


def which_month(scene: Scene, i: int) -> tuple[int | None, int]:
    """Return how many months ahead "next month" is, and where the words end; None where they say nothing of it."""
    for side, unit, end in ((i, i + 1, i + 2), (i + 1, i, i + 2)):
        if scene.at(unit).has("unit_month"):
            for role, ahead in (("next", 1), ("coming", 1), ("this", 0), ("last", -1)):
                if scene.at(side).has(role):
                    return ahead, end
    return None, i


def part_of(scene: Scene, i: int) -> Found:
    """Read "end of March", "mid April", "beginning of the month", "end of next month": always loosely."""
    part = next((role for role in ("end", "begin", "mid") if scene.at(i).has(role)), None)
    if part is None:
        return None
    start = scene.skip(i + 1, "of", "article", "mark", "to") if not scene.months(i + 1) else i + 1
    if months := scene.months(start):
        years, after = scene.year(start + 1)
        first = _one(scene, 1, months[0], years)[0] if years else _this_or_next(scene, months[0])
        return Mention(Kind.LOOSE, (_within_month(first, part),), sure=False), after if years else start + 1
    ahead, end = which_month(scene, start)
    if ahead is None and scene.at(start).has("unit_month"):
        ahead, end = 0, start + 1
    if ahead is not None:
        first = add_months(scene.today.replace(day=1), ahead)
        return Mention(Kind.LOOSE, (_within_month(first, part),), sure=False), end
    if week := _part_of_week(scene, start, part):
        return week
    if scene.at(start).has("unit_year"):
        month, day = {"end": (12, 31), "mid": (7, 1), "begin": (1, 1)}[part]
        return Mention(Kind.LOOSE, occurrences(day, month, scene.today)[:1], sure=False), start + 1
    return None


def _part_of_week(scene: Scene, i: int, part: str) -> Found:
    """Read "end of the week" as its Friday or its Sunday, "beginning of next week" as its Monday."""
    side = next((at for at in (i - 1, i, i + 1) if scene.at(at).has("next", "coming")), None)
    unit = next((at for at in (i, i + 1) if scene.at(at).has("unit_week")), None)
    if unit is None:
        return None
    monday = later(week_start(scene.today), 7 if side is not None else 0)
    days = {"end": (4, 6), "mid": (2,), "begin": (0,)}[part]
    return Mention(Kind.LOOSE, tuple(later(monday, day) for day in days), sure=False), max(unit, side or 0) + 1


def _this_or_next(scene: Scene, month: int) -> date:
    """Return the first day of such a month, of the present one if it is that."""
    year = scene.today.year if month >= scene.today.month else scene.today.year + 1
    return date(year, month, 1)


def _within_month(first: date, part: str) -> date:
    return {"end": month_end(first), "mid": first.replace(day=15), "begin": first}[part]


def month_alone(scene: Scene, i: int) -> Found:
    """Read "March", "March 2026", "next March": the first of the month, loosely."""
    named = scene.at(i).has("next", "this", "coming") and scene.months(i + 1) and scene.day(i + 2) is None
    start = i + 1 if named else i
    months = scene.months(start)
    if not months:
        return None
    years, after = scene.year(start + 1)
    end = after if years else start + 1
    days = [found for month in months for found in _one(scene, 1, month, years or ())]
    if not years and scene.at(end).has("next"):
        end += 1
    return Mention(Kind.LOOSE, tuple(dict.fromkeys(days))[:3], sure=False), end


def bare_day(scene: Scene, i: int) -> Found:
    """Read "the 22nd", plainly where it is yet to come this month, and "22", never plainly."""
    day = scene.day(i)
    if day is None or scene.at(i).article or scene.at(i + 1).has("unit_day", "unit_week", "unit_month", "unit_year"):
        return None
    days = days_of_month(day, scene.today)
    named = scene.at(i).ordinal or scene.at(i - 1).has("article")
    return Mention(Kind.BARE, days if named else days[:1], sure=named and len(days) == 1), i + 1
