"""Every text that a candidate reads: empty, too long, expensive, or with variables that show nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from flows import limits
from flows.check_circumstances import Circumstances
from flows.findings import Finding, error, warning
from flows.flow import Flow, Template
from flows.modules import Module
from flows.modules.collect import Collect
from flows.modules.content import Content
from flows.modules.questions import Question, Questions
from flows.modules.video_interview import VideoInterview
from flows.paths import Paths, Place
from flows.question_types import Choice, Choices, TrueFalse, YesNo
from flows.segments import GSM, GSM_DOUBLE, segments_of
from flows.variables import ANSWERS, FIXED, is_fixed, names_in, problems, without

SAMPLE = "x" * 10
"""What a variable is taken to become where the parts of an SMS are counted."""
NUMBER = len("10. \n")
"""Characters that a numbered line adds to its option."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text, and what it may be.

    *place* is where it is said: answers to questions before it are known there. Without a place they are
    not known for certain (a reminder), or not at all (the welcome: *early*).
    """

    path: str
    text: str
    place: Place | None = None
    limit: int = limits.BODY
    needed: bool = True
    early: bool = False
    alone: bool = True  # a message of its own, as against a part of one or the value of a variable


def check_texts(flow: Flow, paths: Paths, circumstances: Circumstances) -> Iterator[Finding]:
    """Find what is wrong with each text, in the order of the file."""
    on_sms = circumstances.first_channel != "whatsapp"
    for text in texts_of(flow, paths):
        if not text.text.strip():
            if text.needed:
                yield error(text.path, "this text is empty: write one")
            continue
        yield from _length(text)
        if on_sms and text.alone:
            yield from _segments(text)
        yield from _variables(text, paths, guess=not circumstances.knows_all_keys)
    for path, question in _questions(flow):
        yield from _with_options(question, path)


def texts_of(flow: Flow, paths: Paths) -> Iterator[Text]:
    """Return every text of a campaign, in the order of the file."""
    for index, reminder in enumerate(flow.reminders):
        path = f"reminders[{index}]"
        yield Text(f"{path}.text", reminder.text, needed=reminder.template is None)
        yield from _template(reminder.template, f"{path}.template")
    yield Text("welcome.text", flow.welcome.text, early=True)
    yield from _template(flow.welcome.template, "welcome.template", early=True)
    for index, module in enumerate(flow.modules):
        yield from _module(module, index)
    if flow.conclusion is not None:
        yield Text("conclusion.text", flow.conclusion, paths.end)


def _template(template: Template | None, path: str, *, early: bool = False) -> Iterator[Text]:
    for name, text in template.variables.items() if template else ():
        yield Text(f"{path}.variables.{name}", text, None, limits.INTERACTIVE_BODY, early=early, alone=False)


def _module(module: Module, index: int) -> Iterator[Text]:
    path, place = f"modules[{index}]", (index, 0)
    match module:
        case Content(blocks=blocks):
            for i, block in enumerate(blocks):
                media = block.kind != "text"
                name, limit = ("caption", limits.CAPTION) if media else ("text", limits.BODY)
                yield Text(f"{path}.blocks[{i}].{name}", block.text, place, limit, needed=not media, alone=not media)
        case Questions(questions=questions):
            for i, question in enumerate(questions):
                yield Text(f"{path}.questions[{i}].text", question.text, (index, i))
                yield _help(f"{path}.questions[{i}].help", question.help, (index, i))
        case VideoInterview(questions=spoken):
            for i, asked in enumerate(spoken):
                yield Text(f"{path}.questions[{i}].text", asked.text, place)
        case Collect(documents=documents):
            for i, document in enumerate(documents):
                yield Text(f"{path}.documents[{i}].label", document.label, place, limits.OPTION, alone=False)
                yield _help(f"{path}.documents[{i}].help", document.help, place)
                yield _help(f"{path}.documents[{i}].example", document.example, place)


def _help(path: str, text: str, place: Place) -> Text:
    return Text(path, text, place, limits.INTERACTIVE_BODY, needed=False, alone=False)


def _length(text: Text) -> Iterator[Finding]:
    """Check what is sent in any case against the channel, and what is written against what is kept."""
    size = len(without(text.text))
    if size > text.limit:
        yield error(text.path, f"{size} characters, and at most {text.limit} can be sent: shorten it, or split it")
    elif len(text.text) > limits.TEXT:
        yield error(text.path, f"{len(text.text)} characters with its variables, and at most {limits.TEXT} are kept")


def _segments(text: Text) -> Iterator[Finding]:
    filled = without(text.text, SAMPLE)
    parts = segments_of(filled)
    if parts > limits.SEGMENT_WARNING:
        odd = next((char for char in filled if char not in GSM and char not in GSM_DOUBLE), None)
        cause = f' ("{odd}" is not in the short alphabet, so that a part holds 70 characters)' if odd else ""
        yield warning(text.path, f"as SMS this takes {parts} parts, and each is paid for{cause}")


def _variables(text: Text, paths: Paths, *, guess: bool) -> Iterator[Finding]:
    before = _answers_before(text, paths)
    names = (*FIXED, *(ANSWERS + key for key in before))
    for name in names_in(text.text):
        key = name.removeprefix(ANSWERS)
        if name.startswith(ANSWERS) and key in paths.question_places:
            yield from _answer(text, key, paths, known=key in before)
    for problem in problems(text.text, lambda name: _is_known(name, paths, guess=guess), names):
        yield error(text.path, problem)


def _is_known(name: str, paths: Paths, *, guess: bool) -> bool:
    """Tell whether a name means something; whether the answer comes in time is asked apart.

    With *guess*, any answer may be one to a question that could not be read.
    """
    return is_fixed(name) or (
        name.startswith(ANSWERS) and (guess or name.removeprefix(ANSWERS) in paths.question_places)
    )


def _answers_before(text: Text, paths: Paths) -> list[str]:
    if text.early:
        return []
    return [key for key, place in paths.question_places.items() if text.place is None or place < text.place]


def _answer(text: Text, key: str, paths: Paths, *, known: bool) -> Iterator[Finding]:
    if text.early:
        yield error(text.path, f'"{ANSWERS}{key}" cannot be used here: nothing has been asked before the welcome')
    elif not known:
        yield error(text.path, f'"{ANSWERS}{key}" cannot be used here: the question "{key}" does not come earlier')
    elif text.place is None:
        yield warning(text.path, f'"{key}" may not have been answered when this is sent: the text must do without')
    elif text.place in paths.reached and paths.may_lack(key, text.place):
        yield warning(text.path, f'"{key}" may be skipped on the way here: the text must do without its answer')


def _questions(flow: Flow) -> Iterator[tuple[str, Question]]:
    for index, module in enumerate(flow.modules):
        if isinstance(module, Questions):
            for i, question in enumerate(module.questions):
                yield f"modules[{index}].questions[{i}]", question


def _with_options(question: Question, path: str) -> Iterator[Finding]:
    """Check a question together with what can be tapped below it (twilio.md 2.2)."""
    size = len(without(question.text))
    if not isinstance(question.type, Choice | Choices | YesNo | TrueFalse) or size > limits.BODY:
        return
    options = question.type.options if isinstance(question.type, Choice | Choices) else ()
    lines = sum(len(option) + NUMBER for option in options)
    if size + lines > limits.BODY and len(options) <= limits.OPTIONS:
        problem = f"as numbered lines they make the question {size + lines} characters of {limits.BODY}: shorten"
        yield error(f"{path}.options", problem)
    elif size > limits.INTERACTIVE_BODY:
        most = f"above buttons there is room for {limits.INTERACTIVE_BODY}"
        yield warning(f"{path}.text", f"{size} characters, and {most}: the options will be sent as numbered lines")
