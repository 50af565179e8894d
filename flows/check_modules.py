"""What is inside the modules: empty ones, limits that nothing meets, addresses that cannot be fetched."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from flows import limits
from flows.check_options import check_options
from flows.findings import Finding, error, warning
from flows.flow import Flow
from flows.modules import Module
from flows.modules.collect import Collect, Document
from flows.modules.content import Block, Content
from flows.modules.questions import Question, Questions
from flows.modules.schedule import Schedule
from flows.modules.video_interview import InterviewQuestion, VideoInterview
from flows.question_types import Choice, Choices, Date, Number, QuestionType, type_name

DOCUMENT_MB = 100
FILES = 10
ANSWER_LENGTH = timedelta(minutes=30)
RETAKES = 10

MAPPED: dict[str, frozenset[str]] = {
    "candidate.email": frozenset({"email"}),
    "candidate.city": frozenset({"text", "location", "choice"}),
}
"""The candidate's own fields that a question may fill, and the types that fit."""

_CUSTOM = re.compile(r"candidate\.fields\.[a-z][a-z0-9_]*", re.ASCII)
_MAIL = re.compile(r"[^@\s,;<>\"']+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_PAGES = (
    "youtube.com",
    "youtu.be",
    "vimeo.com",
    "tiktok.com",
    "instagram.com",
    "facebook.com",
    "dailymotion.com",
)


def check_modules(flow: Flow) -> Iterator[Finding]:
    """Find what is wrong inside each module; the texts themselves are judged elsewhere."""
    for index, module in enumerate(flow.modules):
        yield from _module(module, f"modules[{index}]", flow.language)


def _module(module: Module, path: str, locale: str) -> Iterator[Finding]:
    match module:
        case Content(blocks=blocks):
            yield from _empty(blocks, f"{path}.blocks", "nothing is said here: add a block")
            for index, block in enumerate(blocks):
                yield from _block(block, f"{path}.blocks[{index}]")
        case Questions(questions=questions):
            yield from _empty(questions, f"{path}.questions", "nothing is asked here: add a question")
            for index, question in enumerate(questions):
                yield from _question(question, f"{path}.questions[{index}]", locale)
        case VideoInterview(questions=spoken):
            yield from _empty(spoken, f"{path}.questions", "nothing is asked here: add a question")
            for index, asked in enumerate(spoken):
                yield from _spoken(asked, f"{path}.questions[{index}]")
        case Collect(documents=documents):
            yield from _empty(documents, f"{path}.documents", "nothing is wanted here: add a document")
            for index, document in enumerate(documents):
                yield from _document(document, f"{path}.documents[{index}]")
        case Schedule():
            yield from _schedule(module, path)


def _empty(parts: tuple[object, ...], path: str, problem: str) -> Iterator[Finding]:
    if not parts:
        yield error(path, problem)


def _block(block: Block, path: str) -> Iterator[Finding]:
    if block.kind == "text":
        return
    path = f"{path}.{block.kind}"
    problem = address_problem(block.url)
    if problem:
        yield error(path, problem)
    elif not block.url.startswith("https:"):
        yield warning(path, "this address is on your own machine: no provider can fetch it")
    elif block.kind == "video" and _is_page(block.url):
        yield warning(path, "this is a page that plays a video, not the video: put its address in a text instead")


def address_problem(url: str) -> str:
    """Return what is wrong with an address that others must fetch, nothing where it can be used."""
    if not url.strip():
        return "the address is missing"
    if "{{" in url:
        return "an address holds no variables: write it out"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        valid = url.isprintable() and " " not in url and bool(host) and (parts.port or 1) > 0
    except ValueError:
        valid, host = False, ""
    if not valid or parts.scheme not in ("https", "http"):
        return "this is no address: write one such as https://example.org/team.jpg"
    if parts.username is not None:
        return "an address that others fetch holds no name or password"
    return "" if parts.scheme == "https" or host in _HERE else "the address must begin with https://"


def _is_page(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return any(host == page or host.endswith(f".{page}") for page in _PAGES)


def _question(question: Question, path: str, locale: str) -> Iterator[Finding]:
    yield from _type(question.type, path, locale)
    if not 1 <= question.tries <= limits.TRIES:
        yield error(f"{path}.tries", f"there can be 1 to {limits.TRIES} tries, not {question.tries}")
    if question.maps_to is not None:
        yield from _mapping(question.maps_to, type_name(question.type), f"{path}.maps_to")


def _type(kind: QuestionType, path: str, locale: str) -> Iterator[Finding]:
    match kind:
        case Number(min=low, max=high) if low is not None and high is not None and low > high:
            yield error(f"{path}.min", f"the least, {low}, is more than the most, {high}: no number fits")
        case Date(min=first, max=last) if first and last and first > last:
            yield error(f"{path}.min", f"the first day, {first}, comes after the last, {last}: no day fits")
        case Choice(options=options):
            yield from check_options(options, f"{path}.options", locale)
        case Choices(options=options):
            yield from check_options(options, f"{path}.options", locale)
            yield from _how_many(kind, path)


def _how_many(kind: Choices, path: str) -> Iterator[Finding]:
    if kind.min < 0:
        yield error(f"{path}.min", "the least number of choices is 0")
    elif kind.min > len(kind.options):
        yield error(f"{path}.min", f"{kind.min} must be chosen of only {len(kind.options)} options")
    if kind.max is not None and kind.max < 1:
        yield error(f"{path}.max", "at least one option must be allowed")
    elif kind.max is not None and kind.min > kind.max:
        yield error(f"{path}.min", f"the least, {kind.min}, is more than the most, {kind.max}")


def _mapping(field: str, kind: str, path: str) -> Iterator[Finding]:
    """Check which field of the candidate an answer fills (product.md: e-mail, city, custom)."""
    if _CUSTOM.fullmatch(field):
        return
    if field == "candidate.phone":
        yield error(path, "a candidate is known by the phone number: no answer changes it")
    elif field not in MAPPED:
        known = ", ".join((*MAPPED, "candidate.fields.NAME"))
        yield error(path, f'no answer fills "{field[:60]}"; known are {known} (NAME of small letters, digits and _)')
    elif kind not in MAPPED[field]:
        fitting = " or ".join(sorted(MAPPED[field]))
        yield error(path, f"{field} takes the answer to a question of the type {fitting}, not {kind}")


def _spoken(question: InterviewQuestion, path: str) -> Iterator[Finding]:
    if not timedelta() < question.limit <= ANSWER_LENGTH:
        yield error(f"{path}.limit", "an answer may take from one second to 30 minutes")
    if question.think > ANSWER_LENGTH:
        yield error(f"{path}.think", "there are at most 30 minutes to think")
    if not 0 <= question.retakes <= RETAKES:
        yield error(f"{path}.retakes", f"there can be 0 to {RETAKES} retakes, not {question.retakes}")


def _document(document: Document, path: str) -> Iterator[Finding]:
    if not document.kinds:
        yield error(f"{path}.kinds", "no kind of file is accepted: name at least one")
    if not 1 <= document.max <= FILES:
        yield error(f"{path}.max", f"there can be 1 to {FILES} files, not {document.max}")
    if not 0 <= document.min <= max(document.max, 0):
        yield error(f"{path}.min", f"the least must lie between 0 and the most, {document.max}")
    if not 1 <= document.max_mb <= DOCUMENT_MB:
        yield error(f"{path}.max_mb", f"a file may have 1 to {DOCUMENT_MB} MB, not {document.max_mb}")


def _schedule(module: Schedule, path: str) -> Iterator[Finding]:
    yield from _times(module, path)
    if module.capacity < 1:
        yield error(f"{path}.capacity", "at least one candidate must fit into an interview")
    if module.place == "link" and (problem := address_problem(module.where)):
        yield error(f"{path}.place.link", problem)
    if module.place == "address" and not module.where.strip():
        yield error(f"{path}.place.address", "the address is missing")
    yield from _interviewers(module, path)


def _times(module: Schedule, path: str) -> Iterator[Finding]:
    if not timedelta() < module.length <= timedelta(days=1):
        yield error(f"{path}.length", "an interview takes from one second to a day")
    if not timedelta() < module.step <= timedelta(days=1):
        yield error(f"{path}.step", "there must be from one second to a day between two starts")
    if module.horizon <= module.notice:
        yield error(f"{path}.horizon", "the horizon must be longer than the notice: else no time can be offered")
    elif module.horizon > timedelta(days=366):
        yield error(f"{path}.horizon", "times are offered for at most a year")


def _interviewers(module: Schedule, path: str) -> Iterator[Finding]:
    path = f"{path}.interviewers.{module.staff}"
    yield from _empty(module.interviewers, path, "nobody interviews: write at least one e-mail address")
    known = set[str]()
    for index, address in enumerate(module.interviewers):
        place = path if module.staff == "one" else f"{path}[{index}]"
        if not _MAIL.fullmatch(address):
            yield error(place, "this is no e-mail address")
        elif address.casefold() in known:
            yield error(place, f"{address} is named twice")
        known.add(address.casefold())
