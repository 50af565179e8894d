"""Commands said as sentences: "please stop sending me messages", "can I speak with the recruiter?".

A sentence is a command only if every word of it has a part in one; "I had to stop working" has others. The tables
`words/wishes.<lang>.toml` give the words their parts. `fill` adds nothing, `ask` turns a wish to us, `how` asks for
the way. What stops messages is put together from `cease`, `dont`, `want_no` ("I don't want"), `no_more`, `none`,
`get` (messages), `bothered` (by them), `send`, `send_me`, `dont_send`, `texts`, `things` (other than messages), `me`,
`this`, `again` ("anymore"), `remove`, `remove_me`, `take` (which needs a list), `number`, `list` and `leave`;
`reason` may stand beside it. `talk` and `person`, `change` and `answer`, `skip` and `question`, `state` and
`application`, `withdraw` and `application` make the other commands.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice, product

from flows.understanding.answer_words import key_of, spellings
from flows.understanding.lexicon import LANGUAGES, Lexicon, lexicon, table

_MOST_WORDS = 30
_MOST_WAYS = 64  # in which a sentence is taken apart, where words have several parts
_CLAUSES = re.compile(r"[.!?,;:\n…؟،؛]+|\s[-–—]\s")
_WITHDRAWN = "W"  # a whole phrase that withdraws

_LETTERS = {
    role: letter
    for role, _, letter in (
        pair.partition("=")
        for pair in (
            "fill= reason= ask=o how=h cease=c dont=d want_no=w no_more=n none=j get=g bothered=b send=s send_me=sm "
            "dont_send=dsm texts=t things=i me=m this=x again=a leave=u remove=r remove_me=e take=q number=p list=l "
            f"talk=k person=P change=v answer=A skip=S question=Q state=y application=B withdraw=z "
            f"withdrawn={_WITHDRAWN}"
        ).split()
    )
}
_CORE = (
    "cease",
    "dont",
    "want_no",
    "no_more",
    "none",
    "remove",
    "remove_me",
    "take",
    "leave",
    "dont_send",
)  # no stop without
_OBJECTS = ("how", "person", "answer", "question", "application")  # none of the other wishes without
_STOPS = (
    r"o?(?=.*[stg])c[maxgsti]+",  # stop sending me messages
    r"oca*",  # I want you to stop
    r"o?(?=.*[mta])[mxti]*d[amxi]*s[smtaxin]*",  # don't write to me; mich nicht mehr anschreiben
    r"o?(?=.*[mt])s[mti]*da*",  # schreiben Sie mir nicht
    r"s[ma]*[nj]a*t[ma]*",  # stuur me geen berichten meer
    r"(?=.*t|.*g.*[xi]|.*[xi].*g)w[gamtxi]+",  # I don't want (to get) messages
    r"(?=.*[mt])w[am]*s[smtaxi]*",  # I don't want you to text me
    r"wa*ba*",  # I don't want to be contacted
    r"na*t[amgs]*",  # no more messages
    r"oja*t[amgs]*|j[a]*t(?=.*a)[amgs]*",  # keine Nachrichten mehr
    r"[tx]da*ga*",  # ik wil dit niet meer ontvangen
    r"o?m?r(?=.*[mpl])[ma]*p?m?l?a*|o?[mpl]+r",  # delete my number from your list
    r"o?m?q[ma]*(?:p|p?m?l)a*|o?m*[pl]+q|o?e(?:p|p?l)?a*",  # take me off your list
    r"o?m*u[mtlax]*",  # unsubscribe me
)
_STOP = re.compile("|".join(f"(?:{pattern})" for pattern in _STOPS))
_OTHER_WISHES = {
    "help": re.compile(f"h(?:{_STOP.pattern}|c[maxgsti]*)"),
    "person": re.compile("o?(?:k+P|P+k)"),
    "back": re.compile("o?(?:vA|Av)"),
    "skip": re.compile("o?(?:SQ|QS)"),
    "status": re.compile("o?yB"),
    "withdraw": re.compile(f"o?(?:zB|Bz|{_WITHDRAWN})"),
}


def says_stop(text: str, words: Sequence[str], langs: Sequence[str]) -> bool:
    """Tell whether a text, whose words are *words*, or its first or last clause, wants no more messages.

    It may say so in any of *langs*.
    """
    if not words or len(words) > _MOST_WORDS:
        return False
    if not _has_one_of(words, _core()):
        return False
    clauses = [clause for part in _CLAUSES.split(text) if (clause := key_of(part).split())]
    tried = [words, *([clauses[0], clauses[-1]] if len(clauses) > 1 else [])]
    return any(_stops(sentence, lang) for sentence in tried for lang in langs)


def wish(words: Sequence[str], langs: Sequence[str]) -> str | None:
    """Return the name of the command other than "stop" that a whole text wishes for in one of *langs*, or None."""
    if not words or len(words) > _MOST_WORDS:
        return None
    for lang in langs:
        if not _has_one_of(words, _objects(lang)):
            continue
        ways = list(_taken_apart(words, lang))
        for name, pattern in _OTHER_WISHES.items():
            if any(pattern.fullmatch(letters) for letters in ways):
                return name
    return None


def _stops(words: Sequence[str], lang: str) -> bool:
    """A withdrawal counts as the reason of a stop: "not interested, stop texting me"."""
    return any(_STOP.fullmatch(letters.replace(_WITHDRAWN, "")) for letters in _taken_apart(words, lang))


def _taken_apart(words: Sequence[str], lang: str) -> Iterator[str]:
    """Yield the parts of the words, a letter for each; nothing where a word has none."""
    known = _lexicon(lang)
    options: list[list[str]] = []
    at = 0
    while at < len(words):
        found = known.match(words, at)
        if found is None:
            return
        roles, size = found
        options.append(sorted({_LETTERS[role] for role in roles}))
        at += size
    yield from ("".join(letters) for letters in islice(product(*options), _MOST_WAYS))


def _has_one_of(words: Sequence[str], beginnings: frozenset[str]) -> bool:
    """Tell whether a phrase can begin somewhere; Arabic glues "and" to words."""
    return any(word in beginnings or word[1:] in beginnings for word in words)


@cache
def _objects(lang: str) -> frozenset[str]:
    """Return the words of which one stands in every wish but to stop: of whom, of what, or how."""
    phrases = [form for role in _OBJECTS for form in _phrases(lang).get(role, ())]
    return frozenset(phrase.split()[0] for phrase in [*phrases, *_withdrawals(lang)])


@cache
def _core() -> frozenset[str]:
    """Return the words of which one begins every wish to stop, in any language."""
    phrases = (phrase for lang in LANGUAGES for role in _CORE for phrase in _phrases(lang).get(role, ()))
    return frozenset(phrase.split()[0] for phrase in phrases)


@cache
def _phrases(lang: str) -> dict[str, list[str]]:
    data = table("wishes", lang)
    return {role: [form for phrase in data[role] for form in spellings(phrase, lang)] for role in data}


@cache
def _lexicon(lang: str) -> Lexicon:
    phrases = dict(_phrases(lang))
    prefixes = phrases.pop("prefixes", [])
    return lexicon({**phrases, "withdrawn": _withdrawals(lang)}, prefixes)


def _withdrawals(lang: str) -> list[str]:
    """Return the commands to withdraw that are more than a word."""
    whole = (form for phrase in table("commands", lang)["withdraw"] for form in spellings(phrase, lang))
    return [form for form in whole if " " in form]
