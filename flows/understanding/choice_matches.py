"""Options named by words of their labels, in full, in part or with slips of the finger."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from flows.understanding.choice_options import Option, Options, is_same_word

_SHORTEST_PREFIX = 3
_CUT_OFF = 2  # letters by which a name is cut short on purpose
_SHORTEST_SLIP = 4  # letters of a word in which a slip of the finger is recognised
_SURE_SLIP = 5  # letters of a word in which one is not even asked about
_LONG_WORD = 8  # letters of a word that may have two slips
_SHORT_LABEL = 4  # letters of a label in which a sign may make the difference, as in "A+" and "A-"
_TRADE = re.compile(r"(?<=....)(?:ers?|ing)$")  # a cleaner does the cleaning
_MOST_SLIPS = 12  # words of a reply beyond which slips are not looked for


@dataclass(frozen=True, slots=True)
class Match:
    """Options that some words may mean; *sure* if they hardly mean anything else."""

    options: tuple[Option, ...]
    sure: bool
    strange: int = 0  # how many words were not understood


NOTHING = Match((), sure=False)


def exact(text: str, key: str, options: Options) -> list[Option]:
    """Return the options whose label is the whole text: to the letter, or else but for case and punctuation."""
    said = text.strip()
    if found := [option for option in options.all if option.text.strip() == said]:
        return found[:1]
    low = said.casefold()
    if found := [option for option in options.all if option.text.strip().casefold() == low]:
        return found
    if key.isdigit() and any(char in said for char in "#()"):  # the number of a line
        return []
    squeezed = key.replace(" ", "")
    found = [option for option in options.all if option.key == key]
    found = found or [option for option in options.all if squeezed in option.squeezed]
    if len(squeezed) <= _SHORT_LABEL and len(found) == 1 and _signs(found[0].text) != _signs(said):
        return [option for option in options.all if option.key.rstrip("+") == found[0].key.rstrip("+")]
    return found


def _signs(text: str) -> str:
    return "".join(char for char in text if char in "+-−–*/=%")


def labels_in(words: Sequence[str], options: Options) -> list[tuple[int, int, Option]]:
    """Return whole labels in a reply, with where they begin and end; the longest where they overlap."""
    found: list[tuple[int, int, Option]] = []
    taken: set[int] = set()
    for option in sorted(options.all, key=lambda option: -len(option.words)):
        size = len(option.words)
        if size == 1 and option.words[0] in options.words.filler:
            continue
        for at in range(len(words) - size + 1):
            place = set(range(at, at + size))
            if tuple(words[at : at + size]) == option.words and not place & taken:
                found.append((at, at + size, option))
                taken |= place
    return sorted(found, key=lambda span: span[0])


def by_words(words: Sequence[str], options: Options) -> Match:
    """Find the options that hold what the words name."""
    filler = options.words.filler
    told = [word for word in words if word not in filler or word in options.whole_words] or list(words)
    wanted: list[frozenset[str]] = []
    strange: list[str] = []
    sure = True
    for word in told:
        meant, certain = _label_words(word, options, alone=len(told) == 1, slips=len(told) <= _MOST_SLIPS)
        if meant:
            wanted.append(meant)
            sure = sure and certain
        else:
            strange.append(word)
    if not wanted:
        return NOTHING
    found = _holders(wanted, options)
    if not any(map(options.words.is_denial, (*words, *frozenset().union(*wanted)))):
        found = tuple(option for option in found if not option.denies)
    told_apart = len(found) != 1 or all(meant.intersection(found[0].words) for meant in wanted)
    if len(found) == 1:
        sure = sure and not casts_doubt(strange, found[0], frozenset().union(*wanted), options)
    return Match(found, sure=sure and told_apart, strange=len(strange))


def casts_doubt(strange: Sequence[str], found: Option, named: Iterable[str], options: Options) -> bool:
    """Tell whether strange words cast doubt on an option whose words *named* were named.

    They do if those only deny ("no bike" for "No car"), or if one of them may be a slip in the word that a longer
    label has beside them: "kien Auto" is rather "Kein Auto" than "Auto".
    """
    if not strange:
        return False
    longer = (set(o.words).difference(found.words) for o in options.all if set(o.words) > set(found.words))
    lacks_word = any(_may_be_slip(word, other) for others in longer for other in others for word in strange)
    denied = any(map(options.words.is_denial, strange))  # "nada malo"
    return lacks_word or denied or all(map(options.words.is_denial, named))


def _may_be_slip(word: str, other: str) -> bool:
    return min(len(word), len(other)) > 1 and OSA.distance(word, other, score_cutoff=1) <= 1


def _holders(wanted: Iterable[frozenset[str]], options: Options) -> tuple[Option, ...]:
    """Return the options that hold all that is wanted, or else each that holds what no other does."""
    wanted = list(wanted)
    all_of_it = tuple(o for o in options.all if all(meant.intersection(o.words) for meant in wanted))
    if all_of_it:
        return all_of_it
    own = [frozenset(word for word in meant if options.counts[word] == 1) for meant in wanted]
    return tuple(o for o in options.all if any(words.intersection(o.words) for words in own))


def _label_words(word: str, options: Options, *, alone: bool, slips: bool) -> tuple[frozenset[str], bool]:
    """Return the words of labels that *word* may stand for, and whether it is plain that it does."""
    if word in options.counts:
        begun = _begun_by(word, options) if alone else []
        return frozenset({word, *begun}), not begun
    known = [other for other in options.counts if is_same_word(word, other)]
    if known:
        return frozenset(known), True
    for option in options.all:
        if word in option.squeezed:
            own = frozenset(other for other in option.words if options.counts[other] == 1)
            return own or frozenset(option.words), bool(own)
    if len(word) >= (1 if alone else _SHORTEST_PREFIX) and word not in options.words.ands:
        longer = [other for other in options.counts if other.startswith(word) and not other.isdigit()]
        if longer:
            # "far" is rather a word of its own than most of "Faro"
            plain = len(word) > _SHORTEST_PREFIX or any(len(other) - len(word) >= _CUT_OFF for other in longer)
            return frozenset(longer), plain and len(word) >= _SHORTEST_PREFIX
    akin = [other for other in options.counts if _is_akin(word, other)]
    if akin:
        return frozenset(akin), False
    return _slips(word, options) if slips and len(word) >= _SHORTEST_SLIP else (frozenset(), False)


def _begun_by(word: str, options: Options) -> list[str]:
    """Return the labels that one word, which is part of another label, may begin: "new" is New York or Newcastle."""
    if word in options.whole_words or len(word) < _SHORTEST_PREFIX:
        return []
    return [other for other in options.whole_words if other.startswith(word) and not is_same_word(word, other)]


def _is_akin(word: str, other: str) -> bool:
    """Tell whether a word is a compound of another ("Nachtarbeit"), or names the work of one ("cleaning")."""
    compound = len(other) >= _SURE_SLIP and word.startswith(other)
    return compound or (_TRADE.sub("", word) == _TRADE.sub("", other) and len(word) > _SURE_SLIP)


def _slips(word: str, options: Options) -> tuple[frozenset[str], bool]:
    if not word.isalpha():
        return frozenset(), False
    for option in options.all:
        if len(option.words) > 1 and any(_is_near(word, form) for form in option.squeezed):
            own = frozenset(other for other in option.words if options.counts[other] == 1)
            return own or frozenset(option.words), False
    distances = {
        other: OSA.distance(word, other, score_cutoff=2)
        for other in options.counts
        if len(other) >= _SHORTEST_SLIP and other.isalpha() and abs(len(other) - len(word)) <= 2
    }
    near = frozenset(other for other, distance in distances.items() if distance == 1)
    far = frozenset(other for other, distance in distances.items() if distance == 2)
    if near:
        shortest = min(len(word), *(len(other) for other in near))
        begins_alike = all(other[0] == word[0] for other in near)  # "light" is rather a word of its own than "night"
        return near, len(near) == 1 and not far and shortest >= _SURE_SLIP and begins_alike
    return frozenset(other for other in far if len(other) >= _LONG_WORD - 1 and len(word) >= _LONG_WORD - 1), False


def _is_near(word: str, form: str) -> bool:
    return len(form) > _SURE_SLIP and OSA.distance(word, form, score_cutoff=1) <= 1
