"""Whether a reply that reads as a command is one where the conversation stands.

"Eine Person" calls a person, but is the answer to "how many people have you led?", and "agent" may be one of the
options. What answers the open question plainly is its answer; where it only may be, the candidate is asked whether it
was meant, and who says it again means the command. STOP is one anywhere.
"""

from enum import Enum

from bot.engine.position import Position
from flows.modules.questions import Question
from flows.question_types import Accepted, Choice, Choices, Email, Number, Phone, Refused, Reply, Text, TrueFalse, YesNo
from flows.understanding.clauses import Beside, wish_beside
from flows.understanding.commands import Command, read_command
from flows.understanding.echoes import is_bare_count, is_label, is_one_word, is_part_of, names_people, takes_up


class Sense(Enum):
    """What a reply that reads as a command is."""

    COMMAND = "command"
    DOUBTFUL = "doubtful"
    ANSWER = "answer"


_ALWAYS = (Command.STOP, Command.START)
_BESIDE_AN_ANSWER = (Command.STOP, Command.PERSON)
"""What is obeyed though an answer stands beside it: it would be lost with the answer kept."""


def obeyed(command: Command | None, question: Question | None, position: Position, reply: Reply) -> Command | None:
    """Return the command that a reply gives while *question* is open, or None; *command* is what it reads as."""
    if question is None or command in _ALWAYS:
        return command
    if isinstance(question.type, Text):
        return read_command(reply.text, reply.locale, open_ended=True)
    if command is None:
        beside = _beside(question, reply)
        return beside.command if beside and beside.is_sentence and beside.command in _BESIDE_AN_ANSWER else None
    sense = sense_of(question, command, reply)
    is_command = sense is Sense.COMMAND or (sense is Sense.DOUBTFUL and bool(position.doubt))
    return command if is_command else None


def is_doubtful(question: Question, reply: Reply) -> bool:
    """Tell whether an answer that was read may have been meant as a command, or says one besides."""
    if isinstance(question.type, Text):
        return False
    command = read_command(reply.text, reply.locale)
    if command is None:
        return not isinstance(question.type, YesNo | TrueFalse) and _beside(question, reply) is not None
    return command not in _ALWAYS and sense_of(question, command, reply) is Sense.DOUBTFUL


def _beside(question: Question, reply: Reply) -> Beside | None:
    """Return the command beside an answer; "please call me" beside a number or an address is a part of it."""
    found = wish_beside(reply.text, reply.locale)
    reached = isinstance(question.type, Phone | Email) and found is not None and found.command is Command.PERSON
    return None if reached and found and not found.names_person else found


def sense_of(question: Question, command: Command, reply: Reply) -> Sense:
    """Weigh a command against the answer that the same words may be."""
    match question.type:
        case Number():
            return _counted(question, command, reply)
        case Choice() | Choices():
            return _chosen(question, command, reply)
        case YesNo() | TrueFalse() if takes_up(reply.text, question.text, reply.locale):
            return _as_no(question, reply)
        case _:
            return Sense.COMMAND


def _counted(question: Question, command: Command, reply: Reply) -> Sense:
    """Take "eine Person" for 1 where people are counted; where nothing tells what is counted it may be."""
    assert isinstance(question.type, Number)  # noqa: S101  the caller has looked
    if command is not Command.PERSON or not is_bare_count(reply.text) or not _is_heard(question, reply):
        return Sense.COMMAND
    if names_people(question.type.unit or question.text):
        return Sense.ANSWER
    return Sense.COMMAND if question.type.unit or is_one_word(reply.text) else Sense.DOUBTFUL


def _chosen(question: Question, command: Command, reply: Reply) -> Sense:
    """Take for an answer what is an option; what is but a part of one may be."""
    assert isinstance(question.type, Choice | Choices)  # noqa: S101  the caller has looked
    text, options, locale = reply.text, question.type.options, reply.locale
    if any(is_label(text, option, locale) for option in options):
        return Sense.ANSWER
    if command is Command.WITHDRAW and takes_up(text, question.text, locale):
        return _as_no(question, reply)
    partly = any(is_part_of(text, option, locale) for option in options)
    return Sense.DOUBTFUL if partly and _is_heard(question, reply) else Sense.COMMAND


def _as_no(question: Question, reply: Reply) -> Sense:
    """Weigh "not interested" where the question asks for interest: what says no plainly is the answer."""
    match question.type.judge(reply):
        case Refused():
            return Sense.COMMAND
        case Accepted(value=value) if value is not True:
            return Sense.ANSWER
        case _:
            return Sense.DOUBTFUL


def _is_heard(question: Question, reply: Reply) -> bool:
    return not isinstance(question.type.judge(reply), Refused)
