"""How a question is put, and put again."""

from zlib import crc32

from bot.engine.effects import Offer, Part, Phrase, Say, Shown, Written
from flows.answers import AnswerValue
from flows.modules.questions import Question
from flows.question_types import Choice, Choices, QuestionType, Refused, TrueFalse, YesNo, type_name

DOUBT = "doubt"


def ask(question: Question, preface: Phrase | None = None) -> Say:
    """Put the question, with what can be tapped, after an optional preface."""
    parts: list[Part] = [preface] if preface else []
    parts.append(Written(question.text))
    return _say(question, [*parts, *_hints(question)])


def reask(question: Question, refused: Refused, tries: int) -> Say:
    """Say what was wrong, never in the words of the time before: first the problem, then help and a way out."""
    problem = Phrase(f"problem_{refused.problem}", refused.blanks)
    if tries == 1:
        return _say(question, [problem, *_hints(question)])
    help_text: Part = Written(question.help) if question.help else Phrase(f"example_{type_name(question.type)}")
    return _say(question, [Phrase("once_more"), problem, help_text, *_hints(question), Phrase("way_out")])


def ask_which(question: Question, values: tuple[AnswerValue, ...]) -> Say:
    """Ask which of several readings is meant, marked by letters since the readings may be numbers."""
    if isinstance(question.type, YesNo | TrueFalse):
        return _say(question, [Phrase(f"doubt_{type_name(question.type)}")])
    if len(values) == 1:
        right = Offer(f"{DOUBT}:{mark_of(values[0])}", Phrase("ok"))
        read = (Phrase("doubt_leave_out"),) if values[0] is None else (Phrase("doubt_one"), Shown(values[0]))
        return Say((*read, Phrase("doubt_one_how")), (right,), marks="none")
    offers = tuple(Offer(f"{DOUBT}:{mark_of(value)}", _label(value)) for value in values)
    return Say((Phrase("doubt_many"),), offers, marks="letters")


def _label(value: AnswerValue) -> Phrase | Shown:
    return Phrase("leave_out") if value is None else Shown(value)


def stale_tap(question: Question) -> Say:
    """Answer a tap on a button of an earlier question: nothing is taken from it."""
    return ask(question, Phrase("old_button"))


def option_id(question_key: str, value: AnswerValue) -> str:
    """Return the id that comes back when this value of this question is tapped."""
    return f"{question_key}:{mark_of(value)}"


def mark_of(value: AnswerValue) -> str:
    """Return a short mark of a value: an old button with another meaning must not pass for a new one."""
    return f"{crc32(repr(value).encode()):08x}"


def _say(question: Question, parts: list[Part]) -> Say:
    return Say(tuple(parts), _offers(question.key, question.type), tap=not isinstance(question.type, Choices))


def _offers(key: str, kind: QuestionType) -> tuple[Offer, ...]:
    match kind:
        case Choice(options=options) | Choices(options=options):
            return tuple(Offer(option_id(key, option), Shown(option)) for option in options)
        case YesNo():
            return Offer(option_id(key, value=True), Phrase("yes")), Offer(option_id(key, value=False), Phrase("no"))
        case TrueFalse():
            return (
                Offer(option_id(key, value=True), Phrase("true")),
                Offer(option_id(key, value=False), Phrase("false")),
            )
        case _:
            return ()


def _hints(question: Question) -> list[Part]:
    """Say what tapping cannot: several may be chosen, this one may be skipped."""
    hints: list[Part] = []
    if isinstance(question.type, Choices):
        hints.append(Phrase("choices_hint"))
    if not question.required:
        hints.append(Phrase("skip_hint"))
    return hints
