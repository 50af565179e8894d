"""Reading yes and no, true and false.

A bare yes or no is understood, also beside courtesies and beside a sentence that agrees with it ("yes, I have my
own car"). What hedges, limits or contradicts it makes it doubtful, as do words that are not known: they might.
The words are in the tables that `answer_words` describes. The lines numbered 1 and 2 are the caller's.
"""

import re
from collections.abc import Sequence

from rapidfuzz.distance import OSA

from flows.understanding import emoji
from flows.understanding.answer_words import UNKNOWN, AnswerWords, Meaning, Role, answer_words, key_of
from flows.understanding.lexicon import language
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood

__all__ = ["meanings", "read_true_false", "read_yes_no"]

_LONGEST = 300  # characters; what stands beyond them may take back what stands before
_LONGEST_KEY = 600  # one character may be written out as eighteen
_LONG = 10  # phrases; in a longer text only its first word is taken for an answer to the question
_FEW_UNKNOWN = 3
_TWICE_UNKNOWN = 6  # unknown words that do not cast doubt on a yes that a sentence repeats
_RUN = re.compile(r"(\w)\1+")
_LONG_RUN = re.compile(r"(\w)\1{2,}")

_TURN = Meaning(Role.TURN)
_UNCLEAR = frozenset({Role.UNSURE, Role.TURN, Role.NEGATION})


def read_yes_no(text: str, locale: str) -> Reading[bool]:
    """Read an answer to a question that asks for yes or no."""
    return _read(text, answer_words(language(locale), true_false=False), Problem.NOT_YES_NO)


def read_true_false(text: str, locale: str) -> Reading[bool]:
    """Read an answer to "true or false?"; a yes is true and a no false."""
    return _read(text, answer_words(language(locale), true_false=True), Problem.NOT_TRUE_FALSE)


def meanings(text: str, locale: str) -> list[Meaning]:
    """Return what the phrases of a text mean in an answer; those that mean nothing in one are UNKNOWN."""
    return _phrases(key_of(text[:_LONGEST]), answer_words(language(locale), true_false=False))


def _read(text: str, words: AnswerWords, problem: Problem) -> Reading[bool]:
    if not text or text.isspace():
        return NotUnderstood(Problem.EMPTY)
    begun = text[:_LONGEST]
    key = key_of(begun)
    if emoji.is_wordless(begun):
        said = _signs(begun) or ([Meaning(Role.PERHAPS, True)] if emoji.smiles(begun) else [])
    else:
        said = _phrases(key[:_LONGEST_KEY], words) + _signs(begun)
    open_ended = "?" in text or "؟" in text or len(text) > _LONGEST or len(key) > _LONGEST_KEY
    return _judge(said, open_ended=open_ended) or NotUnderstood(problem)


def _signs(text: str) -> list[Meaning]:
    signs = [Meaning(Role.OUTRIGHT, side) for side in emoji.sides_of(text)]
    return [*signs, Meaning(Role.UNSURE)] if emoji.hesitates(text) else signs


def _phrases(key: str, words: AnswerWords) -> list[Meaning]:
    """Cut a text into the longest known phrases and return their meanings."""
    if meaning := words.phrases.get(key):
        return [_letter(meaning)]
    if key in words.unsure_alone:
        return []
    tokens = [token if token in words.reach else _unstretched(token, words) for token in key.split()]
    said: list[Meaning] = []
    at = 0
    while at < len(tokens):
        meaning, size = _longest(tokens, at, words)
        said.append(meaning)
        at += size
    said = _letters_apart(said)
    return said if any(m.side is not None or m.role is Role.UNSURE for m in said) else _near(tokens, said, words)


def _longest(tokens: Sequence[str], at: int, words: AnswerWords) -> tuple[Meaning, int]:
    for size in range(min(words.reach.get(tokens[at], 0), len(tokens) - at), 0, -1):
        meaning = words.phrases.get(" ".join(tokens[at : at + size]))
        if meaning and not (meaning.friendly and _goes_on(tokens, at + size, words)):
            return meaning, size
    if tokens[at].isdigit() and at + 1 < len(tokens):  # "3 years"; a number at the end may be that of a line
        following = words.phrases.get(tokens[at + 1], UNKNOWN)
        return Meaning(following.role) if following.role is Role.PLAIN else UNKNOWN, 1
    return UNKNOWN, 1


def _goes_on(tokens: Sequence[str], end: int, words: AnswerWords) -> bool:
    """Tell whether a phrase such as "porque no" is but the beginning of "porque no tengo"."""
    if end == len(tokens) or end < 2:
        return False
    last, following = words.phrases.get(tokens[end - 1]), words.phrases.get(tokens[end], UNKNOWN)
    denies = last is not None and (last.role is Role.NEGATION or (last.role is Role.OUTRIGHT and last.side is False))
    return denies and following.role not in {Role.COURTESY, Role.OUTRIGHT}


def _unstretched(token: str, words: AnswerWords) -> str:
    """Return the known word of which *token* is a stretched form, such as "yesss"; else *token*."""
    for shorter in (_LONG_RUN.sub(r"\1\1", token), _RUN.sub(r"\1", token)):
        if len(shorter) > 1 and shorter in words.reach:
            return shorter
    return token


def _letter(meaning: Meaning) -> Meaning:
    return Meaning(Role.OUTRIGHT, meaning.side) if meaning.role is Role.LETTER else meaning


def _letters_apart(said: list[Meaning]) -> list[Meaning]:
    """Take a letter for a word only where nothing but courtesy surrounds it."""
    letters = [m for m in said if m.role is Role.LETTER]
    alone = len(letters) == 1 and all(m.role in {Role.LETTER, Role.COURTESY} for m in said)
    return [(_letter(m) if alone else UNKNOWN) if m.role is Role.LETTER else m for m in said]


def _near(tokens: Sequence[str], said: list[Meaning], words: AnswerWords) -> list[Meaning]:
    """Take the one unknown word of a short text for a slip of the finger; always doubtful."""
    strange = [token for token in tokens if token not in words.reach and not token.isdigit()]
    if len(strange) != 1 or len(strange[0]) < 3 or len(tokens) > 4:
        return said
    if not all(m == UNKNOWN or m.role is Role.COURTESY for m in said):
        return said
    sides = {words.phrases[near].side for near in words.outright if _slip(strange[0], near)}
    return [Meaning(Role.PERHAPS, sides.pop())] if len(sides) == 1 else said


def _slip(word: str, meant: str) -> bool:
    """Tell whether *word* may be a slip of the finger. In a short word only letters in the wrong order are one."""
    if word[0] != meant[0] or abs(len(word) - len(meant)) > 1:
        return False
    if len(meant) < 5 and sorted(word) != sorted(meant):
        return False
    return OSA.distance(word, meant, score_cutoff=1) <= 1


def _judge(said: Sequence[Meaning], *, open_ended: bool) -> Reading[bool] | None:
    """Return what the phrases of a text say together, or None if they say nothing."""
    said = _without_asides(said)
    unknown = sum(m.role is Role.UNKNOWN for m in said)
    sided = _sided(said)
    sides = list(dict.fromkeys(m.side for m in sided if m.side is not None))
    if not sides:
        return None
    if len(sides) == 2 or sided[0].both:
        return _conflict(said, sided, unknown)
    core = [m for m in said if m.role is not Role.COURTESY]
    leads = bool(core) and core[0] in sided
    if any(m.role is Role.OUTRIGHT for m in sided):
        clear = not open_ended and not any(m.role in _UNCLEAR for m in said)
        return _outright(core, sides[0], unknown, clear=clear)
    if any(m.role is Role.SENTENCE for m in sided):
        return _sentence(said, sides[0], unknown, leads=leads, open_ended=open_ended)
    denied = any(m.role is Role.NEGATION for m in said)
    fits = len(said) <= _LONG and unknown <= _FEW_UNKNOWN and (leads or not unknown) and not denied
    return Doubtful((sides[0],)) if fits else None


def _without_asides(said: Sequence[Meaning]) -> Sequence[Meaning]:
    """Take no side from what counts only by itself where anything else is said."""
    if all(m.role in {Role.OUTRIGHT, Role.COURTESY} or (m.aside and len(said) == 1) for m in said):
        return said
    return [_TURN if m.aside else m for m in said]


def _sided(said: Sequence[Meaning]) -> list[Meaning]:
    """Return the phrases that take a side, without those that are mere courtesies there."""
    sided = [m for m in said if m.side is not None]
    firm = [m for m in sided if not m.polite]
    return firm or sided


def _conflict(said: Sequence[Meaning], sided: Sequence[Meaning], unknown: int) -> Reading[bool] | None:
    """Offer both sides, the one that was said outright first; nothing where the candidate says to be unsure."""
    outright = [m for m in sided if m.role is Role.OUTRIGHT]
    if any(m.role is Role.UNSURE for m in said) or (not outright and unknown > _FEW_UNKNOWN):
        return None
    first = bool((outright or sided)[0].side)
    return Doubtful((first, not first))


def _outright(core: Sequence[Meaning], side: bool, unknown: int, *, clear: bool) -> Reading[bool] | None:  # noqa: FBT001
    leads = core[0].role is Role.OUTRIGHT
    repeated = any(m.role is Role.SENTENCE for m in core)
    if unknown:
        clear = clear and leads and repeated and unknown <= _TWICE_UNKNOWN
    elif side:
        clear = clear and not any(m.role is Role.PERHAPS and not (m.polite or m.friendly) for m in core)
    else:  # "no weekends" may be a yes to "are there any limits?"
        clear = clear and (repeated or not any(m.role is Role.PLAIN for m in core))
    if clear:
        return Understood(side)
    if not leads and len(core) > _LONG:
        return None
    denied = side and any(m.role is Role.NEGATION for m in core)
    return Doubtful((True, False)) if denied else Doubtful((side,))


def _sentence(
    said: Sequence[Meaning],
    side: bool,  # noqa: FBT001
    unknown: int,
    *,
    leads: bool,
    open_ended: bool,
) -> Reading[bool] | None:
    """Judge an answer such as "I do": with an object of its own it may answer another question."""
    roles = {m.role for m in said if not (m.polite or m.friendly)}
    if Role.NEGATION in roles:  # "ich kann nachts nicht arbeiten"; but "I don't not" says nothing
        return Doubtful((False, True)) if side and len(said) <= _LONG else None
    if not open_ended and roles <= {Role.SENTENCE, Role.COURTESY}:
        return Understood(side)
    fits = len(said) <= _LONG and (not unknown or (leads and unknown <= _FEW_UNKNOWN))
    return Doubtful((side,)) if fits else None
