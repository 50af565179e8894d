"""How a reply is heard at the place where the conversation stands."""

from typing import Literal

from bot.engine.asking import DOUBT, mark_of
from bot.engine.obeying import is_doubtful
from bot.engine.position import Position
from flows.answers import AnswerValue
from flows.leaving_out import judge
from flows.modules.questions import Question
from flows.question_types import Accepted, File, Judgement, Number, Refused, Reply, Unsure, offered
from flows.understanding.answer_words import Role
from flows.understanding.choices import read_choice
from flows.understanding.normalise import normalise
from flows.understanding.reading import Understood
from flows.understanding.units import counts_something_else
from flows.understanding.yes_no import meanings, read_yes_no
from flows.wording import phrase, show_value


def hear(question: Question, position: Position, reply: Reply) -> Judgement | None:
    """Judge a reply to *question*; None for a tap on something that is not on offer any more."""
    if reply.tapped:
        return _tap(question, position, reply.tapped)
    if reply.media and not reply.text.strip() and not isinstance(question.type, File):
        return Refused("media_not_text")  # a voice note is an answer to whoever sent it, and nobody has heard it
    if position.doubt:  # a "no" to "did you mean …?" leaves nothing out
        return _settle_doubt(position.doubt, reply) or _place_or_answer(
            position.doubt, question.type.judge(reply), reply
        )
    judged = judge(question, reply)
    if isinstance(judged, Accepted) and judged.value is not None and _may_mean_otherwise(question, reply):
        return Unsure((judged.value,))
    return judged


def _may_mean_otherwise(question: Question, reply: Reply) -> bool:
    """Tell whether what answers the question may be a command, or a number of something else ("5 days", of years)."""
    kind = question.type
    if isinstance(kind, Number) and counts_something_else(reply.text, reply.locale, kind.unit, question.text):
        return True
    return is_doubtful(question, reply)


def is_plain_no(reply: Reply) -> bool:
    """Tell whether a reply to the welcome is a plain "no"."""
    return not reply.tapped and read_yes_no(reply.text, reply.locale) == Understood(value=False)


def hear_declined(reply: Reply) -> Literal["later", "withdraw"] | None:
    """Read the answer to "later, or withdraw?"."""
    if reply.tapped:
        return {"welcome:later": "later", "welcome:withdraw": "withdraw"}.get(reply.tapped)  # type: ignore[return-value]
    labels = (phrase("later", reply.locale), phrase("withdraw", reply.locale))
    match read_choice(reply.text, labels, reply.locale):
        case Understood(value=label):
            return "later" if label == labels[0] else "withdraw"
        case _:
            return None


def _tap(question: Question, position: Position, tapped: str) -> Judgement | None:
    key, _, mark = tapped.rpartition(":")
    if key == DOUBT:
        return next((Accepted(value) for value in position.doubt if mark_of(value) == mark), None)
    if key != question.key:
        return None
    values: list[AnswerValue] = [value for _, value in offered(question.type, "en")]
    return next((Accepted(value) for value in values if mark_of(value) == mark), None)


def _settle_doubt(doubt: tuple[AnswerValue, ...], reply: Reply) -> Accepted | None:
    """Read the answer to "did you mean …?"; anything else is taken as a new answer to the question."""
    if len(doubt) == 1:
        agreed = read_yes_no(reply.text, reply.locale) == Understood(value=True)
        return Accepted(doubt[0]) if agreed else None
    letter = _without_courtesies(normalise(reply.text), reply.locale).strip(" ).,")
    if len(letter) == 1 and 0 <= (index := ord(letter) - ord("a")) < len(doubt):
        return Accepted(doubt[index])
    labels = [
        phrase("leave_out", reply.locale) if value is None else show_value(value, reply.locale) for value in doubt
    ]
    match read_choice(reply.text, labels, reply.locale) if not reply.text.strip().isdecimal() else None:
        case Understood(value=label):
            return Accepted(doubt[labels.index(label)])
        case _:
            return None


def _place_or_answer(doubt: tuple[AnswerValue, ...], judged: Judgement, reply: Reply) -> Judgement:
    """Weigh "1" after "a) 4, b) 3": it may be the place of a reading, though those have letters, or a new answer."""
    place = normalise(reply.text)
    if len(doubt) < 2 or not (place.isdecimal() and len(place) == 1 and 1 <= int(place) <= len(doubt)):
        return judged
    meant = doubt[int(place) - 1]
    others: tuple[AnswerValue, ...] = ()
    match judged:
        case Accepted(value=value):
            others = (value,)
        case Unsure(values=values):
            others = values
    others = tuple(value for value in others if value != meant)
    return Unsure((meant, *others)) if others else Accepted(meant)


def _without_courtesies(text: str, locale: str) -> str:
    words = text.split()
    return " ".join(w for w in words if len(w) == 1 or any(m.role is not Role.COURTESY for m in meanings(w, locale)))
