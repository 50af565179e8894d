"""Reading dates as people write them: in digits, by name, or from today."""

from dataclasses import dataclass
from datetime import date

from flows.understanding.date_items import pieces_of, without_time
from flows.understanding.date_mentions import Scene
from flows.understanding.date_near import corrected
from flows.understanding.date_shapes import Order, order
from flows.understanding.date_verdict import Verdict, judge
from flows.understanding.day_arithmetic import NoSuchDateError
from flows.understanding.lexicon import LANGUAGES, language
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood
from flows.understanding.tokens import LONGEST, plain

_NONE: NotUnderstood = NotUnderstood(Problem.NOT_A_DATE)
_NO_SUCH: NotUnderstood = NotUnderstood(Problem.NO_SUCH_DATE)
_MOST_WORDS = 60
_MOST_MARKS = 40
_LONGEST_WORD = 60
_SHORTEST = 4  # letters; "don" is a Thursday only to Germans
_FEW_WORDS = 14  # beyond these, nobody names a day in another language or with a slip


def read_date(text: str, locale: str, today: date) -> Reading[date]:
    """Read the one day that *text* names, as someone in *locale* writing on *today* means it.

    A day without a year is the next one, from today on; one that passed within the last 92 days is doubtful,
    since it may be meant too. A weekday is the coming one. What names no single day ("March", "next week",
    "as soon as possible") is doubtful, with the first day that it may mean. A time of day is passed over.
    Words are read in the locale's language; where that fails, in English, then in the others if they agree.
    """
    if not text.strip():
        return NotUnderstood(Problem.EMPTY)
    if len(text) > LONGEST:
        return _NONE
    whole = without_time(plain(text))
    if not _could_name_a_day(whole):
        return _NONE
    return _Text(whole, today, order(locale), asked="?" in text or "؟" in text).read(language(locale))


def _could_name_a_day(whole: str) -> bool:
    """Tell whether a text is worth a closer look: no address, and no more words and marks than a sentence has."""
    words = whole.split(" ")
    marks = sum(not char.isalnum() for char in whole) - whole.count(" ")
    short = len(words) <= _MOST_WORDS and marks <= _MOST_MARKS and max(map(len, words)) <= _LONGEST_WORD
    return short and "@" not in whole and "://" not in whole


@dataclass(frozen=True, slots=True)
class _Text:
    """One text, to be read with the words of one language or another."""

    plain: str
    today: date
    order: Order
    asked: bool

    def read(self, lang: str) -> Reading[date]:
        own = self._verdict(self.plain, lang)
        reading = own.reading
        if isinstance(reading, Understood) or (isinstance(reading, Doubtful) and not own.strange):
            return reading
        if reading == _NO_SUCH or own.timed or self.plain.count(" ") > _FEW_WORDS:
            return reading
        if isinstance(reading, Doubtful):
            return self._confirmed(reading, lang)
        return self._elsewhere(lang) or self._near(lang) or reading

    def _verdict(self, text: str, lang: str) -> Verdict:
        try:
            return judge(Scene(pieces_of(text, lang), self.today, self.order, lang), asked=self.asked)
        except NoSuchDateError:
            return Verdict(_NO_SUCH)

    def _others(self, lang: str) -> list[Verdict]:
        return [self._verdict(self.plain, other) for other in LANGUAGES if other != lang]

    def _confirmed(self, own: Doubtful[date], lang: str) -> Reading[date]:
        """Take the reading of a language that knows all the words, where those that do agree."""
        known = [verdict.reading for verdict in self._others(lang) if not verdict.strange]
        known = [reading for reading in known if not isinstance(reading, NotUnderstood)]
        if known and all(reading == known[0] for reading in known):
            return known[0]
        days = _days(known)
        return Doubtful(days) if 1 <= len(days) <= 3 else self._near(lang) or own

    def _elsewhere(self, lang: str) -> Reading[date] | None:
        """Read the words in English, or in whichever of the other languages agree."""
        if len(self.plain) < _SHORTEST:
            return None
        verdicts = self._others(lang)
        known = [verdict.reading for verdict in verdicts if not verdict.strange and verdict.reading != _NONE]
        if lang != "en" and isinstance(verdicts[0].reading, Understood):
            return verdicts[0].reading
        if known and all(reading == known[0] for reading in known):
            return known[0]
        days = _days(known)
        return Doubtful(days) if 1 <= len(days) <= 3 else None

    def _near(self, lang: str) -> Reading[date] | None:
        """Read the words with slips of the finger put right; always doubtful."""
        readings = [
            verdict.reading
            for tried in dict.fromkeys((lang, "en"))
            for text in corrected(self.plain, tried)
            if not (verdict := self._verdict(text, tried)).strange
        ]
        days = _days(readings)
        if _NO_SUCH in readings and not days:
            return _NO_SUCH
        return Doubtful(days) if 1 <= len(days) <= 3 else None


def _days(readings: list[Reading[date]]) -> tuple[date, ...]:
    found: dict[date, None] = {}
    for reading in readings:
        match reading:
            case Understood(value=value):
                found[value] = None
            case Doubtful(values=values):
                found.update(dict.fromkeys(values))
    return tuple(found)
