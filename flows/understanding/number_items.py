"""From the tokens of a text to numbers and the roles of the words between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from flows.understanding.lexicon import Lexicon
from flows.understanding.number_literals import Separators, read_literal
from flows.understanding.number_roles import NOTHING, mark_roles, number_roles
from flows.understanding.number_words import Spelled, Speller, speller
from flows.understanding.tokens import Token

_PHONE_DIGITS = 7
_FRACTION_SLASH = "⁄"  # as in "½" after NFKC
_SLASHES = frozenset({"/", _FRACTION_SLASH})
_LARGEST_BOTTOM = 12


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text: what it may be, likeliest first, and whether it is plainly the first."""

    values: tuple[Decimal, ...]
    sure: bool = True
    spelled: bool = False
    article: bool = False  # a word such as "un", which need not count anything
    fraction: bool = False
    scaled: bool = False  # thousands named by a word, to which hundreds may be added


@dataclass(frozen=True, slots=True)
class Item:
    """A number, or a phrase with its roles; no number and no roles is a word that the language lacks."""

    roles: frozenset[str]
    quantity: Quantity | None = None


class NoNumberError(Exception):
    """The text holds digits that are no number, such as part of a code."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Cuts the tokens of one text into items, with the words of one language and a locale's separators."""

    tokens: Sequence[Token]
    words: Sequence[str]
    signs: Separators
    lexicon: Lexicon
    speller: Speller

    def items(self) -> list[Item]:
        """Return the items. Raises NoNumberError."""
        found: list[Item] = []
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.numeric:
                item, count = self._digits(at)
            elif token.wordy:
                item, count = self._word(at, found)
            else:
                item, count = Item(self._mark(at)), 1
            found.append(item)
            at += count
        return found

    def _mark(self, at: int) -> frozenset[str]:
        """Return the roles of a mark; a colon after a word leads to what is said, as in "answer: 5"."""
        text = self.tokens[at].text
        return mark_roles("." if text == ":" and at and self.tokens[at - 1].wordy else text)

    def _digits(self, at: int) -> tuple[Item, int]:
        literal = read_literal(self.words[at], self.signs)
        if literal is None or not self._prefix_fits(at):
            raise NoNumberError
        if fraction := self._fraction(at):
            return fraction, 3
        scale, count = self._scale(at + 1)
        values = tuple(value * scale for value in literal.values)
        sure = literal.sure and not self._ordinal(at + 1)
        return Item(NOTHING, Quantity(values, sure, scaled=scale >= 1_000)), 1 + count

    def _prefix_fits(self, at: int) -> bool:
        """Tell whether the letters glued before a number are a currency or the like, not part of a code."""
        if not self.tokens[at].glued or not self.tokens[at - 1].wordy:
            return True
        before = self.words[at - 1]
        if not before.isascii():
            return True
        found = self.lexicon.match(self.words, at - 1)
        return len(before) > 1 and found is not None and "units" in found[0]

    def _ordinal(self, at: int) -> bool:
        if at >= len(self.tokens) or not self.tokens[at].glued or not self.tokens[at].wordy:
            return False
        found = self.lexicon.match(self.words, at)
        return found is not None and found[1] == 1 and "ordinals" in found[0] and "years" not in found[0]

    def _scale(self, at: int) -> tuple[int, int]:
        """Read "k" or "thousand" after digits."""
        word = self.words[at] if at < len(self.tokens) and self.tokens[at].wordy else ""
        if word == "k" or word in self.speller.thousand:
            return 1_000, 1
        if word in self.speller.million:
            return 1_000_000, 1
        return (100, 1) if word in self.speller.hundred and word not in {"cents", "cent"} else (1, 0)

    def _fraction(self, at: int) -> Item | None:
        """Read "1/2"; "3/4" may also be two numbers, and "12/05" or "50/50" is none."""
        if at + 2 >= len(self.words) or self.words[at + 1] not in _SLASHES or not self.tokens[at + 2].numeric:
            return None
        top, sign, bottom, *rest = self.words[at : at + 4]
        if _range_of_large(top, bottom):
            return None
        if not (top.isdecimal() and bottom.isdecimal()) or rest == [sign] or bottom[0] == "0":
            raise NoNumberError
        return Item(NOTHING, _quotient(int(top), int(bottom), certain=sign == _FRACTION_SLASH))

    def _word(self, at: int, found: list[Item]) -> tuple[Item, int]:
        phrase = self.lexicon.match(self.words, at)
        if phrase and (phrase[1] > 1 or phrase[0] & {"blocked"}):
            return _phrase(phrase[0]), phrase[1]
        if spelled := self.speller.read(self.words, at):
            roles = phrase[0] if phrase else NOTHING
            scaled = spelled.value >= 1_000 and spelled.value % 1_000 == 0
            quantity = Quantity((spelled.value,), spelled=True, article=spelled.article, scaled=scaled)
            return Item(roles if spelled.article else NOTHING, quantity), spelled.count
        if spelled := self._after_and(at):
            found.append(Item(frozenset({"and"})))
            return Item(NOTHING, Quantity((spelled.value,), spelled=True)), spelled.count
        return (_phrase(phrase[0]), 1) if phrase else (Item(NOTHING), 1)

    def _after_and(self, at: int) -> Spelled | None:
        """Read an Arabic number to which "and" is glued."""
        for prefix in self.lexicon.prefixes:
            if self.words[at].startswith(prefix):
                rest = [self.words[at][len(prefix) :], *self.words[at + 1 : at + 12]]
                return self.speller.read(rest, 0) if rest[0] else None
        return None


def _range_of_large(top: str, bottom: str) -> bool:
    """Tell whether "2000/2500" gives two numbers: neither can be a day, and they differ."""
    return len(top) > 2 and len(bottom) > 2 and top != bottom


def _quotient(top: int, bottom: int, *, certain: bool) -> Quantity:
    if bottom > _LARGEST_BOTTOM or not (certain or bottom == top + 1 or (top == 1 and bottom == 4)):
        raise NoNumberError
    exact = Decimal(top) / bottom
    rounded = round(exact, 2).normalize()
    if certain or top == 1:
        return Quantity((rounded,), sure=exact in (rounded, round(exact, 3)), fraction=True)
    parts = (Decimal(top), Decimal(bottom))
    return Quantity((rounded, *parts) if bottom == 4 else parts, sure=False, fraction=True)


def _phrase(roles: frozenset[str]) -> Item:
    """Turn the roles that stand for a number into one."""
    for role in sorted(roles):
        kind, colon, detail = role.partition(":")
        if not colon:
            continue
        if kind == "perhaps":
            return Item(roles, Quantity((Decimal(detail),), sure=False, spelled=True))
        value = Decimal(2 if kind == "dual" else 1)
        return Item(roles | {detail}, Quantity((value,), spelled=True, article=kind == "single"))
    return Item(roles)


def items_of(tokens: Sequence[Token], lang: str, signs: Separators) -> list[Item]:
    """Return the items of a text, signs before numbers applied. Raises NoNumberError."""
    words = [token.text for token in tokens]
    reader = Reader(tokens, words, signs, number_roles(lang), speller(lang))
    return reader.items()


def signed(items: list[Item], tokens: Sequence[Token]) -> list[Item]:
    """Apply a plus or minus at the very start. Raises NoNumberError for a telephone number.

    "- 5" may be a number in a list of points, and a minus after words may be a dash: both are doubtful.
    """
    for at, (item, following) in enumerate(pairwise(items)):
        quantity = following.quantity
        if quantity is None or any(earlier.quantity for earlier in items[:at]):
            continue
        if "plus" in item.roles and _digits(quantity) >= _PHONE_DIGITS:
            raise NoNumberError
        if "plus" in item.roles and at == 0:
            return items[1:]
        if "dash" in item.roles or "minus" in item.roles:
            value = quantity.values[0]
            plain = quantity.sure and at == 0 and ("minus" in item.roles or tokens[1].glued)
            values = (-value,) if plain else (value, -value)
            changed = replace(quantity, values=values, sure=plain)
            return [*items[:at], replace(following, quantity=changed), *items[at + 2 :]]
    return items


def _digits(quantity: Quantity) -> int:
    return len(str(int(quantity.values[0])))
