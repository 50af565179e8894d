"""A "no" to a question that may be left out, such as "No, thanks" to "Another number?"."""

from dataclasses import replace

from flows.modules.questions import Question
from flows.question_types import (
    Accepted,
    Choice,
    Choices,
    Judgement,
    Number,
    QuestionType,
    Reply,
    TrueFalse,
    Unsure,
    YesNo,
)
from flows.understanding.answer_words import Role
from flows.understanding.reading import Doubtful, Problem, Understood
from flows.understanding.yes_no import meanings, read_yes_no

_NEAR_A_NO = Choice | Choices | Number | YesNo | TrueFalse
"""Types that may have something like a no among their answers, such as "No car" or 0."""
_SAYS_NOTHING = frozenset(
    {
        Problem.NOT_A_NUMBER,
        Problem.NOT_A_DATE,
        Problem.NOT_AN_OPTION,
        Problem.NOT_AN_EMAIL,
        Problem.NOT_A_PHONE,
        Problem.NOT_A_RATING,
        Problem.NOT_A_PLACE,
        "too_few",
    }
)
"""Why a reply is refused in which no answer was found at all."""
_NO, _PERHAPS_NO = Understood(value=False), Doubtful((False,))


def judge(question: Question, reply: Reply) -> Judgement:
    """Judge a reply. Where the question may be skipped and a no is no answer to it, a no leaves it out.

    A plain no does so at once: the answer is None. After what only sounds like one the candidate is asked: None is
    among the values that may be meant. A no to "how many?" may also mean 0.
    """
    judged = question.type.judge(reply)
    if question.required or isinstance(judged, Accepted) or not reply.text.strip():
        return judged
    said = read_yes_no(reply.text, reply.locale)
    if isinstance(judged, Unsure):
        declined = said == _NO and not isinstance(question.type, _NEAR_A_NO)
    else:
        declined = said in (_NO, _PERHAPS_NO) and judged.problem in _SAYS_NOTHING and not _has_digit(reply.text)
    return _left_out(question.type, reply, plain=said == _NO and _is_outright(reply)) if declined else judged


def _left_out(kind: QuestionType, reply: Reply, *, plain: bool) -> Judgement:
    if isinstance(kind, Number) and isinstance(none := kind.judge(replace(reply, text="0")), Accepted):
        return Unsure((none.value, None))
    return Accepted(None) if plain else Unsure((None,))


def _is_outright(reply: Reply) -> bool:
    """Tell whether a no is said as a word of its own; a letter, a sign or "I can't" may mean something else."""
    said = meanings(reply.text, reply.locale)
    return len(reply.text.strip()) > 1 and any(m.role is Role.OUTRIGHT and m.side is False for m in said)


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)
