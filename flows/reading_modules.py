"""The five kinds of module, each read from its fields.

A part that cannot be read leaves an empty one in its place, so that the paths of later findings stay right.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from flows.flow import Template
from flows.modules import KINDS, Module
from flows.modules.collect import DOCUMENT_KINDS, Collect, Document, DocumentKind
from flows.modules.content import Block, BlockKind, Content
from flows.modules.questions import Question, Questions
from flows.modules.schedule import SCHEDULE_TEMPLATES, PlaceKind, Schedule, StaffKind
from flows.modules.video_interview import InterviewQuestion, VideoInterview
from flows.question_types import TYPES, Choice, Choices, Date, Number, QuestionType, Text
from flows.reading_fields import Fields
from flows.suggestions import nearest

T = TypeVar("T")

PERSON = "person"
SKIP = "skip"
BLOCKS: tuple[BlockKind, ...] = ("text", "image", "video", "document")
PLACES: tuple[PlaceKind, ...] = ("phone", "link", "address")
_OF_TYPES = ("options", "min", "max", "past", "unit")
STAFF: tuple[StaffKind, ...] = ("one", "any_of", "all_of")


def read_module(fields: Fields) -> Module:
    """Read one module of any kind; where that is unknown, as the kind that was most likely meant."""
    key = fields.key()
    kind = fields.pick("type", KINDS, None, required=True) or _likely_kind(fields)
    if kind is None:
        fields.note_misspelt()
        return Content(key, ())
    module = READERS[kind](fields, key)
    fields.close()
    return module


def _likely_kind(fields: Fields) -> str | None:
    told = (kind for name, kind in _TELLING.items() if fields.has(name))
    return nearest(fields.take("type"), KINDS) or next(told, None)


def read_template(fields: Fields | None) -> Template | None:
    """Read the name of an approved template with the texts for its variables."""
    if fields is None:
        return None
    name = fields.text("name", required=True)
    variables = fields.inner("variables")
    fields.close()
    return Template(name, variables.words() if variables else {})


def _content(fields: Fields, key: str) -> Content:
    return Content(key, tuple(_block(block) for block in fields.each("blocks", required=True)))


def _block(fields: Fields) -> Block:
    kind = fields.only(BLOCKS)
    if kind is None:
        return _close(fields, Block("text"), "caption", "filename")
    said = fields.text(kind)
    if kind == "text":
        block = Block(kind, said)
    else:
        filename = fields.text("filename") if kind == "document" else ""
        block = Block(kind, fields.text("caption"), said, filename)
    fields.close()
    return block


def _close(fields: Fields | None, value: T, *names: str) -> T:
    """Return *value* for fields of which nothing was read; *names* are those that could be there besides."""
    if fields is not None:
        fields.given(names)
        fields.close()
    return value


def _questions(fields: Fields, key: str) -> Questions:
    return Questions(key, tuple(_question(question) for question in fields.each("questions", required=True)))


def _question(fields: Fields) -> Question:
    key = fields.key()
    name = fields.pick("type", TYPES, None, required=True)
    text = fields.text("text", required=True)
    required = fields.truth("required", default=True)
    run_out = fields.pick("when_tries_run_out", (SKIP, PERSON), PERSON if required else SKIP)
    question = Question(
        key=key,
        text=text,
        type=_type(fields, name or _likely_type(fields)),
        help=fields.text("help"),
        required=required,
        tries=fields.whole("tries", 3),
        call_person=run_out == PERSON,
        maps_to=fields.name("maps_to"),
    )
    fields.close()
    return question


def _likely_type(fields: Fields) -> str | None:
    """Return the type that was most likely meant; None takes the fields of all types."""
    return nearest(fields.take("type"), TYPES) or ("choices" if fields.has("options") else None)


def _type(fields: Fields, name: str | None) -> QuestionType:
    match name:
        case "number":
            return Number(fields.number("min"), fields.number("max"), fields.text("unit"))
        case "date":
            return Date(fields.truth("past", default=True), fields.day("min"), fields.day("max"))
        case "choice":
            return Choice(fields.texts("options", required=True))
        case "choices":
            options = fields.texts("options", required=True)
            return Choices(options, fields.whole("min", 0), fields.whole("max", None))
        case None:
            fields.given(_OF_TYPES)
            return Text()
        case _:
            return TYPES[name]()  # type: ignore[call-arg]  # the other types have no fields


def _video_interview(fields: Fields, key: str) -> VideoInterview:
    questions = tuple(_interview_question(question) for question in fields.each("questions", required=True))
    return VideoInterview(key, questions, fields.truth("voice", default=False))


def _interview_question(fields: Fields) -> InterviewQuestion:
    question = InterviewQuestion(
        key=fields.key(),
        text=fields.text("text", required=True),
        think=fields.duration("think", timedelta(seconds=30)),
        limit=fields.duration("limit", timedelta(minutes=2)),
        retakes=fields.whole("retakes", 2),
    )
    fields.close()
    return question


def _collect(fields: Fields, key: str) -> Collect:
    return Collect(key, tuple(_document(document) for document in fields.each("documents", required=True)))


def _document(fields: Fields) -> Document:
    document = Document(
        key=fields.key(),
        label=fields.text("label", required=True),
        kinds=_document_kinds(fields),
        min=fields.whole("min", 1),
        max=fields.whole("max", 1),
        max_mb=fields.whole("max_mb", 10),
        required=fields.truth("required", default=True),
        help=fields.text("help"),
        example=fields.text("example"),
        expires=fields.truth("expires", default=False),
    )
    fields.close()
    return document


def _document_kinds(fields: Fields) -> tuple[DocumentKind, ...]:
    given = fields.has("kinds")
    words = [fields.as_word(value, path, DOCUMENT_KINDS, None) for path, value in fields.items("kinds")]
    return tuple(word for word in words if word) if given else Document("", "").kinds


def _schedule(fields: Fields, key: str) -> Schedule:
    length = fields.duration("length", timedelta(), required=True)
    place, where = _place(fields)
    staff, interviewers = _staff(fields)
    return Schedule(
        key=key,
        length=length,
        place=place,
        where=where,
        staff=staff,
        interviewers=interviewers,
        capacity=fields.whole("capacity", 1),
        notice=fields.duration("notice", timedelta(hours=4)),
        horizon=fields.duration("horizon", timedelta(days=14)),
        buffer=fields.duration("buffer", timedelta()),
        step=fields.duration("step", timedelta(minutes=30)),
        templates=_schedule_templates(fields),
    )


def _place(fields: Fields) -> tuple[PlaceKind, str]:
    """Read `{phone: true}`, `{link: URL}` or `{address: text}`."""
    inner = fields.inner("place", required=True)
    kind = inner.only(PLACES) if inner else None
    if inner is None or kind is None:
        return _close(inner, ("phone", ""))
    where = "" if kind == "phone" else inner.text(kind)
    if kind == "phone" and not inner.truth("phone", default=True):
        inner.wrong("phone", "write true, or give a link or an address instead")
    inner.close()
    return kind, where


def _staff(fields: Fields) -> tuple[StaffKind, tuple[str, ...]]:
    """Read `{one: EMAIL}`, `{any_of: […]}` or `{all_of: […]}`."""
    inner = fields.inner("interviewers", required=True)
    kind = inner.only(STAFF) if inner else None
    if inner is None or kind is None:
        return _close(inner, ("any_of", ()))
    people = (inner.text("one"),) if kind == "one" else inner.texts(kind)
    inner.close()
    return kind, people


def _schedule_templates(fields: Fields) -> dict[str, str]:
    inner = fields.inner("templates")
    if inner is None:
        return {}
    names = {use: inner.text(use) for use in SCHEDULE_TEMPLATES}
    given = {use: name for use, name in names.items() if inner.has(use)}
    inner.close()
    return given


_TELLING = {
    "blocks": "content",
    "documents": "collect",
    "interviewers": "schedule",
    "voice": "video_interview",
    "questions": "questions",
}
"""Fields by which a kind is known whose name is not."""

READERS: dict[str, Callable[[Fields, str], Module]] = {
    "content": _content,
    "questions": _questions,
    "video_interview": _video_interview,
    "collect": _collect,
    "schedule": _schedule,
}
