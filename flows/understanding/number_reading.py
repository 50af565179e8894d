"""Reading numbers as people write them: in digits of any script, or in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flows.understanding.lexicon import LANGUAGES, language
from flows.understanding.number_items import NoNumberError, items_of, signed
from flows.understanding.number_literals import Separators, separators
from flows.understanding.number_near import corrected
from flows.understanding.number_sums import combine
from flows.understanding.number_verdict import Verdict, judge
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood
from flows.understanding.tokens import LONGEST, Token, cut, plain

_MOST_TOKENS = 60
_FEW_TOKENS = 12  # beyond these, nobody states a number in another language or with a slip
_NONE: NotUnderstood = NotUnderstood(Problem.NOT_A_NUMBER)
_SEVERAL: NotUnderstood = NotUnderstood(Problem.SEVERAL_NUMBERS)
# Times, codes, dates, e-mail and web addresses, powers.
_JUNK = re.compile(r"\d ?: ?\d|\d[hxm]\d|\de[+-]?\d|\^|@|://|\d[/-]\d+[/-]\d|\d\.\d{1,2}\.\d")


def read_number(text: str, locale: str) -> Reading[Decimal]:
    """Read the one number that *text* states.

    A number whose meaning hangs on the reader is doubtful: a bound ("over 5"), a range, a separator that the
    locale uses otherwise, a number among words that are unknown here. Months are doubtful because a question
    may ask for years. Words are read in the locale's language; where that fails, in English, then in the
    other languages if they agree.
    """
    digits = text.strip()
    if digits.isascii() and digits.isdecimal() and len(digits) <= 6 and digits[0] != "0":
        return Understood(Decimal(digits))
    if not digits:
        return NotUnderstood(Problem.EMPTY)
    if len(text) > LONGEST:
        return _NONE
    whole = plain(text)
    pieces = cut(whole)
    if len(pieces) > _MOST_TOKENS or _JUNK.search(whole):
        return _NONE
    return _Text(pieces, separators(locale), asked="?" in text or "؟" in text).read(language(locale))


@dataclass(frozen=True, slots=True)
class _Text:
    """One text, to be read with the words of one language or another."""

    tokens: Sequence[Token]
    signs: Separators
    asked: bool

    def read(self, lang: str) -> Reading[Decimal]:
        try:
            own, blocked = self._verdict(self.tokens, lang)
        except NoNumberError:
            return _NONE
        if isinstance(own.reading, Understood) or (isinstance(own.reading, Doubtful) and not own.strange):
            return own.reading
        if own.reading == _SEVERAL or blocked or len(self.tokens) > _FEW_TOKENS:
            return own.reading
        if isinstance(own.reading, Doubtful):
            return self._confirmed(own.reading, lang)
        return self._elsewhere(lang) or self._near(lang) or own.reading

    def _verdict(self, tokens: Sequence[Token], lang: str) -> tuple[Verdict, bool]:
        items = combine(signed(items_of(tokens, lang, self.signs), tokens))
        return judge(items, asked=self.asked), any("blocked" in item.roles for item in items)

    def _others(self, lang: str) -> list[Reading[Decimal]]:
        """Return the readings in the other languages, English first, that know every word and find a number."""
        verdicts = (self._verdict(self.tokens, other)[0] for other in LANGUAGES if other != lang)
        return [verdict.reading for verdict in verdicts if not verdict.strange and verdict.reading != _NONE]

    def _confirmed(self, own: Doubtful[Decimal], lang: str) -> Reading[Decimal]:
        """Take a number beside words unknown here, where other languages know them and agree."""
        others = self._others(lang)
        agreed = Understood(own.values[0])
        return agreed if others and all(reading == agreed for reading in others) else own

    def _elsewhere(self, lang: str) -> Reading[Decimal] | None:
        """Read the words in English, or in whichever of the other languages agree."""
        english = _NONE if lang == "en" else self._verdict(self.tokens, "en")[0].reading
        if isinstance(english, Understood):
            return english
        others = self._others(lang)
        if others and all(reading == others[0] for reading in others):
            return others[0]
        values = _values(others)
        return Doubtful(values) if 1 <= len(values) <= 3 else None

    def _near(self, lang: str) -> Reading[Decimal] | None:
        """Read the words with slips of the finger put right; always doubtful."""
        readings = []
        for tried in dict.fromkeys((lang, "en")):
            for tokens in corrected(self.tokens, tried):
                verdict, blocked = self._verdict(tokens, tried)
                if not (verdict.strange or blocked):
                    readings.append(verdict.reading)
        values = _values(readings)
        return Doubtful(values) if 1 <= len(values) <= 3 else None


def _values(readings: Sequence[Reading[Decimal]]) -> tuple[Decimal, ...]:
    found: dict[Decimal, None] = {}
    for reading in readings:
        match reading:
            case Understood(value=value):
                found[value] = None
            case Doubtful(values=values):
                found.update(dict.fromkeys(values))
    return tuple(found)
