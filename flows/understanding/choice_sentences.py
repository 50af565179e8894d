"""Options named in a sentence: with greetings, hedges and negations around them."""

from collections.abc import Sequence
from dataclasses import dataclass

from flows.understanding.choice_matches import NOTHING, Match, by_words, casts_doubt, labels_in
from flows.understanding.choice_options import Option, Options, without_joins
from flows.understanding.choice_replies import labelled
from flows.understanding.choice_words import words_at

_FEW_STRANGE = 2  # unknown words that do not cast doubt on an option that is named
MOST_OFFERED = 3


@dataclass(frozen=True, slots=True)
class Cleared:
    """The words of a reply without greetings and hedges."""

    words: tuple[str, ...]
    hedged: bool
    negation: int | None  # where one begins
    after: int = 0  # where it has ended


def clear(key: str, options: Options) -> Cleared:
    """Take greetings and hedges out of a reply, and find the first negation."""
    known = options.words
    words = without_joins(key, known)
    kept: list[str] = []
    hedged, negation, after = False, None, 0
    at = 0
    while at < len(words):
        greeting, hedge, denial = (
            0 if labelled(words[at : at + size], options) else size
            for size in (words_at(phrases, words, at) for phrases in (known.greetings, known.hedges, known.negations))
        )
        if denial and denial >= max(hedge, greeting) and negation is None:
            negation, after = len(kept), len(kept) + denial
        elif skipped := max(greeting, hedge):
            hedged = hedged or hedge > greeting
            at += skipped
            continue
        size = max(denial, 1)
        kept += words[at : at + size]
        at += size
    return Cleared(tuple(kept), hedged, negation, after)


def in_sentence(key: str, options: Options) -> Match:
    """Return the options that a sentence names or leaves."""
    said = clear(key, options)
    if said.negation is not None:
        return _around_negation(said, options, joined=len(said.words) < len(key.split()))
    found = named_in(said.words, options)
    only_denied = all((word,) in options.words.negations for word in said.words)
    sure = found.sure and not said.hedged and not only_denied and found.strange <= _FEW_STRANGE
    return Match(found.options, sure=sure)


def named_in(words: Sequence[str], options: Options) -> Match:
    """Return the options that words name: by whole labels where the words alone leave a choice."""
    loose = by_words(words, options)
    spans = labels_in(words, options)
    if len(loose.options) == 1 and loose.sure and {option for _, _, option in spans} <= set(loose.options):
        return loose
    if not spans:
        return loose
    named = tuple(dict.fromkeys(option for _, _, option in spans))
    covered = {at for start, end, _ in spans for at in range(start, end)}
    rest = [word for at, word in enumerate(words) if at not in covered and word not in options.words.filler]
    others = [by_words([word], options).options for word in rest]
    beside = tuple(found[0] for found in others if len(found) == 1)
    bare = (o for o in options.all if len(o.words) == 1 and o.words[0] in options.words.filler)
    passed_over = tuple(o for o in bare if any(words[at] in o.words for at in range(len(words)) if at not in covered))
    strange = [word for word in rest if word not in options.counts]
    sure = not any(casts_doubt(strange, option, option.words, options) for option in named)
    return Match(tuple(dict.fromkeys((*named, *beside, *passed_over))), sure=sure, strange=len(strange))


def _around_negation(said: Cleared, options: Options, *, joined: bool) -> Match:
    """Return what is left where some options are ruled out; never sure."""
    start = said.negation or 0
    before = named_in(said.words[:start], options).options if start else ()
    rest = said.words[said.after :]
    if meant := denying(said.words[start:], options):
        return Match(meant, sure=False)
    after = named_in(rest, options).options if rest else ()
    if not after or (len(after) > 1 and not joined):  # "not the night, the morning" rules out but one
        return NOTHING
    kept = tuple(option for option in before or options.all if option not in after)
    return Match(kept, sure=False)


def denying(words: Sequence[str], options: Options) -> tuple[Option, ...]:
    """Return the options such as "No experience" that a denial names."""
    return tuple(option for option in named_in(words, options).options if option.denies)


def as_texts(found: Sequence[Option]) -> tuple[str, ...]:
    """Return the texts of options, in their order, without repeats."""
    return tuple(dict.fromkeys(option.text for option in sorted(found, key=lambda option: option.place)))
