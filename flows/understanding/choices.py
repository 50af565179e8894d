"""Reading which of the options of a question a reply means.

Labels are the recruiter's own words, and replies name them by label, by number or ordinal, by letter, by some of
their words, or with a slip of the finger. Where a number may be that of a line and also stands in a label, and
where words fit several labels, the reply is doubtful.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from flows.understanding.answer_words import Role, key_of
from flows.understanding.choice_lists import counted_key, is_all_of, listed_numbers
from flows.understanding.choice_matches import by_words, exact, labels_in
from flows.understanding.choice_options import BOUND, Option, Options, amounts_of, is_same_word, options_of
from flows.understanding.choice_places import Named, at_place, lettered, named_number, with_unit
from flows.understanding.choice_replies import asks, prepared
from flows.understanding.choice_sentences import MOST_OFFERED, as_texts, in_sentence
from flows.understanding.choice_several import read_several
from flows.understanding.lexicon import language
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood
from flows.understanding.yes_no import meanings, read_true_false, read_yes_no

__all__ = ["read_choice", "read_choices"]

_LONGEST = 300  # characters of a reply that are read
_LONGEST_KEY = 600  # one character may be written out as eighteen
_LINE = re.compile(r"\W*\d{1,2}\s*[.):-]?\s*[^\W\d_]")  # "1. Evening"
_WORD = re.compile(r"[^\W\d_]+")
_MOST_DIGITS = 2
_MOST_WORDS = 12  # of a reply that are looked at one by one
_NOT_AN_OPTION: NotUnderstood = NotUnderstood(Problem.NOT_AN_OPTION)


def read_choice(text: str, options: Sequence[str], locale: str) -> Reading[str]:
    """Read which one of *options* is meant; the value is the option's own text."""
    if not text or text.isspace():
        return NotUnderstood(Problem.EMPTY)
    known = options_of(options, language(locale))
    begun = text[:_LONGEST]
    key = key_of(begun)
    if len(key) > _LONGEST_KEY:
        return _NOT_AN_OPTION
    if found := exact(begun, key, known):
        return _offered(found, sure=begun.strip() == found[0].text.strip() or not asks(begun))
    reading = _read(text, prepared(begun, known), known, locale)
    return Doubtful((reading.value,)) if isinstance(reading, Understood) and asks(begun) else reading


def _read(text: str, begun: str, options: Options, locale: str) -> Reading[str]:
    key = key_of(begun)
    return (
        _by_label(key, options)
        or _by_side(text, key, options, locale)
        or _as_a_whole(key, options)
        or _by_amount(begun, key, options)
        or _by_number(begun, key, options)
        or _by_letter(key, options)
        or _by_several_numbers(begun, options)
        or _in_words(begun, key, options, cut=len(text) > _LONGEST)
    )


def read_choices(
    text: str,
    options: Sequence[str],
    locale: str,
    minimum: int = 0,
    maximum: int | None = None,
) -> Reading[tuple[str, ...]]:
    """Read which of *options* are meant, in the order of the options.

    A count outside *minimum* and *maximum* is read all the same, so that the caller can say what is wrong; but
    of several readings those within are likelier.
    """
    if not text or text.isspace():
        return NotUnderstood(Problem.EMPTY)
    if len(key_of(text[:_LONGEST])) > _LONGEST_KEY:
        return _NOT_AN_OPTION
    reading = read_several(text[:_LONGEST], options_of(options, language(locale)), cut=len(text) > _LONGEST)
    match reading:
        case Doubtful(values=values) if len(values) > 1:
            fits = [v for v in values if minimum <= len(v) and (maximum is None or len(v) <= maximum)]
            return Doubtful(tuple(dict.fromkeys((*fits, *values)))[:MOST_OFFERED])
        case _:
            return reading


def _offered(found: Sequence[Option], *, sure: bool) -> Reading[str]:
    texts = as_texts(found)
    if len(texts) == 1 and sure:
        return Understood(texts[0])
    return Doubtful(texts) if 1 <= len(texts) <= MOST_OFFERED else _NOT_AN_OPTION


_Reader = Callable[[str, str], Reading[bool]]
_Sides = dict[bool, tuple[Option, ...]]


@lru_cache(maxsize=256)
def _sides(options: Options, locale: str) -> tuple[_Reader, _Sides] | None:
    """Return the options that mean yes, or true, and those that mean no, or false; nothing unless there are both."""
    for read in (read_yes_no, read_true_false):
        sides: _Sides = {
            side: tuple(o for o in options.all if _takes(side, o.text, read, locale)) for side in (True, False)
        }
        if sides[True] and sides[False]:
            return read, sides
    return None


def _takes(side: bool, label: str, read: _Reader, locale: str) -> bool:  # noqa: FBT001
    """Tell whether a label says yes, or no, by itself or before anything else, as in "Yes, part time"."""
    if read(label, locale) == Understood(side):
        return True
    first = next((meaning for meaning in meanings(label, locale) if meaning.role is not Role.COURTESY), None)
    return first is not None and first.role is Role.OUTRIGHT and first.side is side


def _by_side(text: str, key: str, options: Options, locale: str) -> Reading[str] | None:
    """Read yes and no where options say so, however they are said."""
    known = _sides(options, locale)
    if not known:
        return None
    read, sides = known
    reading = read(text, locale)
    if isinstance(reading, NotUnderstood):
        told = [read(word, locale) for word in key.split()[:_MOST_WORDS]]
        if not any(isinstance(word, Understood) for word in told):
            return None
        return _offered([*sides[True], *sides[False]], sure=False)
    values = (reading.value,) if isinstance(reading, Understood) else reading.values
    found = [option for value in values for option in sides[value]]
    if len(found) == 1 and len(values) == 1:
        return _offered(found, sure=isinstance(reading, Understood))
    named = in_sentence(key, options)
    kept = [option for option in named.options if option in found]
    return _offered(kept or found, sure=named.sure and len(kept) == 1)


def _by_label(key: str, options: Options) -> Reading[str] | None:
    """Read a whole label of several words with nothing told beside it; "two years" is "2 years"."""
    if " " not in key or options.longest < 2:
        return None
    counted = counted_key(key, options)
    same = [option for option in options.all if counted_key(option.key, options) == counted]
    if len(same) == 1:
        return _offered(same, sure=True)
    words = key.split()
    spans = [span for span in labels_in(words, options) if len(span[2].words) > 1]
    if len(spans) != 1:
        return None
    start, end, option = spans[0]
    told = [word for word in (*words[:start], *words[end:]) if word not in options.words.filler]
    return None if told else _offered([option], sure=True)


def _as_a_whole(key: str, options: Options) -> Reading[str] | None:
    """Read what stands for none of the options, for any, or for all of them, which one answer cannot be."""
    known = options.words
    bare = " ".join(word for word in key.split() if word not in known.filler)
    wholes = [whole for whole in (known.none, known.any, known.all, known.both, known.later) if {key, bare} & whole]
    if not wholes:
        return _NOT_AN_OPTION if is_all_of(key, options) else None
    said = wholes[0]
    if said is known.none:  # "none" may be "No experience"
        words = known.none | known.negations.firsts
        return _offered([option for option in options.all if words.intersection(option.words)], sure=False)
    labels = [option for option in options.all if option.key in said]
    begun = key if key in said else bare  # as "Either is fine" with "either"
    return _offered(labels or [o for o in options.all if f"{o.key} ".startswith(f"{begun} ")], sure=True)


def _by_amount(text: str, key: str, options: Options) -> Reading[str] | None:
    """Read "more than 3" where one label says the same in other words."""
    known = options.words
    if not options.has_bounds:
        return None
    amounts = amounts_of(_WORD.sub(lambda word: str(known.numbers.get(key_of(word[0]), word[0])), text))
    if amounts is None or amounts[0] == amounts[1]:
        return None
    same = [option for option in options.all if option.amounts == amounts]
    rest = (word for word in BOUND.sub(" ", key).split() if word not in known.filler and word not in known.numbers)
    if len(same) != 1 or not all(word.isdecimal() or word in options.counts or word in known.to for word in rest):
        return None
    return _offered(same, sure=True)


def _by_number(text: str, key: str, options: Options) -> Reading[str] | None:
    words = tuple(key.split())
    named = named_number(text, words, options)
    if named:
        return _numbered(named, options)
    amount = with_unit(words, options)
    if amount is None or not (found := [option for option in options.all if option.holds(amount)]):
        return None
    told = by_words(words, options)
    sure = told.sure and not told.strange and told.options == (found[0],) and _is_single(found[0])
    return _offered(found, sure=sure)


def _is_single(option: Option) -> bool:
    """Tell whether a label has one amount and no range."""
    low, high = option.amounts or (0.0, 0.0)
    return low == high


def _numbered(named: Named, options: Options) -> Reading[str] | None:
    """Choose between the line of a number and the labels that hold it."""
    by_place = at_place(options, named.number)
    if named.word in options.whole_words:  # "Segunda" is a Monday before it is the second; "segunda opção" may be both
        labels = [option for option in options.all if option.words == (named.word,)]
        found = list(dict.fromkeys([*by_place, *labels] if named.worded else labels))
        return _offered(found, sure=True)
    if named.surely:
        in_label = [option for option in options.all if named.word and named.word in option.words]
    else:
        in_label = [option for option in options.all if option.holds(named.number) or _has(option, named.word)]
    found = list(dict.fromkeys([*in_label, *by_place] if named.surely else [*by_place, *in_label]))
    if not found:
        return _NOT_AN_OPTION if named.number == int(named.number) else None
    if len(found) == 1:
        low, high = found[0].amounts or (named.number, named.number)
        return _offered(found, sure=bool(by_place) or low == high)
    texts = tuple(dict.fromkeys(option.text for option in found))[:MOST_OFFERED]
    return Doubtful(texts) if len(texts) > 1 else Understood(texts[0])


def _has(option: Option, word: str) -> bool:
    """Tell whether a label has a word, such as "الاثنين" ("Monday") the word "اثنين" ("two")."""
    return bool(word) and any(is_same_word(word, other) for other in option.words)


def _by_letter(key: str, options: Options) -> Reading[str] | None:
    found = lettered(key, options)
    if not found:
        return None
    letter_of_place = len(found) == 1 and ord(key[-1]) - ord("a") + 1 == found[0].place
    return _offered(found, sure=letter_of_place)


def _by_several_numbers(text: str, options: Options) -> Reading[str] | None:
    listed = listed_numbers(text, options)
    if not listed or len(listed.readings[0]) < 2:
        return None
    if len(listed.readings) > 1 or "-" in text:  # "3-5" for "3-5 years"
        named = by_words(key_of(text).split(), options)
        if len(named.options) == 1 and named.sure and not named.strange:
            return _offered(named.options, sure=True)
    found = [option for number in listed.readings[0] for option in at_place(options, number)]
    return _offered(found, sure=False) if found else _NOT_AN_OPTION


def _in_words(text: str, key: str, options: Options, *, cut: bool) -> Reading[str]:
    found = in_sentence(key, options)
    numbered = _line_at_start(text, key, options)
    if found.options and numbered and numbered not in found.options:  # "1. Evening" where the first is Morning
        return _offered([*found.options, numbered], sure=False)
    return _offered(found.options, sure=found.sure and not cut)


def _line_at_start(text: str, key: str, options: Options) -> Option | None:
    """Return the option of the line whose number begins a reply, unless the number is a word of a label."""
    number = key.partition(" ")[0]
    if not number.isdecimal() or len(number) > _MOST_DIGITS or number in options.counts or not _LINE.match(text):
        return None
    return next(iter(at_place(options, int(number))), None)
