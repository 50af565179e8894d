"""Reading which of the options a reply means where several may be chosen."""

import re
from collections.abc import Sequence
from itertools import pairwise

from flows.understanding.answer_words import key_of
from flows.understanding.choice_lists import Listed, is_all_of, listed_numbers
from flows.understanding.choice_matches import by_words, exact, labels_in
from flows.understanding.choice_options import Option, Options
from flows.understanding.choice_places import at_place, lettered
from flows.understanding.choice_replies import asks, prepared
from flows.understanding.choice_sentences import MOST_OFFERED, as_texts, clear, denying, named_in
from flows.understanding.choice_words import words_at
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood

_BREAK = re.compile(r"[,،;؛/\n|•·+&\\]|\s-\s|(?<=\w)[.!](?=\s|$)")
_DASH = re.compile(r"(?<=\w)\s?[-–—]\s?(?=\w)")
_NOT_AN_OPTION: NotUnderstood = NotUnderstood(Problem.NOT_AN_OPTION)

Chosen = Reading[tuple[str, ...]]


def read_several(text: str, options: Options, *, cut: bool) -> Chosen:
    """Read the options that a reply names; *cut* tells that there was more of it."""
    if found := exact(text, key_of(text), options):
        return _offered([[option] for option in found], sure=text.strip() == found[0].text.strip() or not asks(text))
    reading = _read(prepared(text, options), options, cut=cut)
    if isinstance(reading, Understood) and (asks(text) or _contradicts_itself(reading.value, options)):
        return Doubtful((reading.value,))
    return reading


def _contradicts_itself(chosen: tuple[str, ...], options: Options) -> bool:
    """Tell whether "None of these" is chosen beside others."""
    none = as_texts(_meaning(options.words.none, options))
    return len(chosen) > 1 and any(text in none for text in chosen)


def _read(text: str, options: Options, *, cut: bool) -> Chosen:
    key = key_of(text)
    if (reading := _whole(key, options)) is not None:
        return reading
    if listed := listed_numbers(text, options):
        return _numbered(listed, options)
    if (reading := _lettered(text, options)) is not None:
        return reading
    return _named(text, key, options, open_ended=cut)


def _offered(readings: Sequence[Sequence[Option]], *, sure: bool) -> Chosen:
    texts = tuple(dict.fromkeys(as_texts(found) for found in readings if found))
    if len(texts) == 1 and sure:
        return Understood(texts[0])
    return Doubtful(texts[:MOST_OFFERED]) if texts else _NOT_AN_OPTION


def _whole(key: str, options: Options) -> Chosen | None:
    """Read "all", "none", "all but …" and the like."""
    known = options.words
    bare = " ".join(word for word in key.split() if word not in known.filler)
    if bare in options.whole_words:  # "الاثنين" is Monday before it is both
        return None
    if is_all_of(key, options):
        return Understood(as_texts(options.all))
    for said in dict.fromkeys((key, bare)):
        if said in known.none:
            return Understood(as_texts(_meaning(known.none, options)[:1]))
        if said in known.all or (said in known.both and len(options.all) == 2):
            none = _meaning(known.none, options)
            every = [option for option in options.all if option not in none]
            return Understood(as_texts(_meaning(known.all, options)[:1] or every))
        if said in known.any or said in known.both or said in known.later:
            return _NOT_AN_OPTION
    return _all_but(tuple(key.split()), options)


def _meaning(whole: frozenset[str], options: Options) -> list[Option]:
    """Return the options that stand for all or for none of the others."""
    return [option for option in options.all if option.key in whole]


def _all_but(words: tuple[str, ...], options: Options) -> Chosen | None:
    known = options.words
    for end in range(min(4, len(words) - 1), 0, -1):
        size = words_at(known.excepts, words, end)
        if size and " ".join(words[:end]) in known.all:
            left_out = words[end + size :]
            listed = listed_numbers(" ".join(left_out), options)
            places = set(listed.readings[0]) if listed else set()
            without = [o for o in options.all if o.place in places] or named_in(left_out, options).options
            kept = [option for option in options.all if option not in without]
            return _offered([kept], sure=False) if without and kept else _NOT_AN_OPTION
    return None


def _numbered(listed: Listed, options: Options) -> Chosen:
    readings: list[list[Option]] = []
    sure = not listed.loose and len(listed.readings) == 1
    for numbers in listed.readings:
        by_place = [option for number in numbers for option in at_place(options, number)]
        sure = sure and len(by_place) == len(numbers)
        readings.append(by_place)
    for_label = [_holding(number, options) for number in listed.readings[-1]]
    in_labels = [option for found in for_label for option in found]
    if in_labels and not set(in_labels) <= set(readings[0]):
        readings.append(in_labels)
        sure = sure and not readings[0]
        if not any(readings[:-1]):
            sure = all(len(found) == 1 and _states(found[0]) for found in for_label)
    return _offered(readings, sure=sure)


def _holding(number: int, options: Options) -> list[Option]:
    return [option for option in options.all if option.holds(number)]


def _states(option: Option) -> bool:
    """Tell whether a label has no range, so that a number in it can only be its own."""
    low, high = option.amounts or (0.0, 0.0)
    return low == high


def _lettered(text: str, options: Options) -> Chosen | None:
    """Read "a, c"; a letter with which a label begins may be that label."""
    parts = [part for part in key_of(text).split() if part not in options.words.ands or len(part) == 1]
    joins = {part for part in parts if part in options.words.ands}
    letters = [part for part in parts if part not in joins]
    if not letters or not all(len(part) == 1 and part.isalpha() for part in letters):
        return None
    found = [lettered(letter, options) for letter in letters]
    if not all(found):
        return None
    places = [ord(letter) - ord("a") + 1 for letter in letters]
    sure = all(len(each) == 1 and each[0].place == place for place, each in zip(places, found, strict=True))
    return _offered([[each[0] for each in found]], sure=sure)


def _named(text: str, key: str, options: Options, *, open_ended: bool) -> Chosen:
    """Read labels and parts of labels, one after the other."""
    said = clear(key, options)
    if said.negation is not None:
        return _around_negation(said.words, said.negation, said.after, options)
    chosen: list[Option] = []
    sure = not (said.hedged or open_ended or any(word in options.words.ors for word in key.split()))
    alternatives: list[Option] = []
    for words in _segments(text, options):
        found, certain = _segment(words, options)
        sure = sure and certain
        if len(found) > 1 and not certain:
            alternatives += found
        else:
            chosen += found
    if alternatives:
        return _offered([[*chosen, option] for option in alternatives], sure=False)
    if span := _span(text, key, options):
        return _offered([span, chosen], sure=False)
    return _offered([chosen], sure=sure)


def _span(text: str, key: str, options: Options) -> list[Option]:
    """Return the options from the one before a dash or a "to" to the one after it."""
    words = key.split()
    joins = [at for at, word in enumerate(words) if word in options.words.to and 0 < at < len(words) - 1]
    sides = [(words[:at], words[at + 1 :]) for at in joins]
    dashed = [key_of(side).split() for side in _DASH.split(text)]
    if len(dashed) == 2:
        sides.append((dashed[0], dashed[1]))
    for before, after in sides:
        ends = [by_words(side, options).options if side else () for side in (before, after)]
        if all(len(end) == 1 for end in ends) and ends[0][0].place < ends[1][0].place:
            return [option for option in options.all if ends[0][0].place <= option.place <= ends[1][0].place]
    return []


def _around_negation(words: tuple[str, ...], at: int, after: int, options: Options) -> Chosen:
    """Keep what is named before "but not …"; never sure."""
    before = named_in(words[:at], options).options if at else ()
    if meant := denying(words[at:], options):
        return _offered([[*before, *meant]], sure=False)
    ruled_out = named_in(words[after:], options).options if words[after:] else ()
    kept = [option for option in before if option not in ruled_out]
    return _offered([kept], sure=False) if ruled_out else _NOT_AN_OPTION


def _segments(text: str, options: Options) -> list[list[str]]:
    """Cut a reply at commas and joining words, but not inside a label."""
    words: list[str] = []
    breaks: set[int] = set()
    for piece in _BREAK.split(text):
        words += clear(key_of(piece), options).words if piece.strip() else ()
        breaks.add(len(words))
    spans = labels_in(words, options)
    for start, end, _ in spans:
        breaks -= set(range(start + 1, end))
        breaks |= {start, end}
    edges = sorted({0, len(words), *breaks})
    pieces = [words[start:end] for start, end in pairwise(edges)]
    return [piece for piece in pieces if any(_tells(word, options) for word in piece)]


def _tells(word: str, options: Options) -> bool:
    return word in options.counts or (word not in options.words.filler and word not in options.words.ors)


def _segment(words: list[str], options: Options) -> tuple[list[Option], bool]:
    """Return the options of one item: as a whole, or else one for each word."""
    if found := [option for option in options.all if option.words == tuple(words)]:
        return found[:1], True
    told = [word for word in words if _tells(word, options)]
    if len(told) == 1 and told[0].isdigit() and (by_place := at_place(options, int(told[0]))):
        return by_place, set(_holding(int(told[0]), options)) <= set(by_place)
    whole = by_words(told, options)
    if len(whole.options) == 1:
        return list(whole.options), whole.sure and not whole.strange
    each = [by_words([word], options) for word in told]
    if all(len(match.options) <= 1 for match in each):
        found = [option for match in each for option in match.options]
        return found, bool(found) and all(match.options and match.sure for match in each)
    return list(whole.options), False
