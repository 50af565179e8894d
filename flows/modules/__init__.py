"""The kinds of module, written out by hand."""

from flows.modules.collect import Collect
from flows.modules.content import Content
from flows.modules.questions import Questions
from flows.modules.schedule import Schedule
from flows.modules.video_interview import VideoInterview

Module = Content | Questions | VideoInterview | Collect | Schedule

KINDS: dict[str, type[Module]] = {
    "content": Content,
    "questions": Questions,
    "video_interview": VideoInterview,
    "collect": Collect,
    "schedule": Schedule,
}


def kind_of(module: Module) -> str:
    """Return the name under which a module's kind is written in a file."""
    return next(name for name, kind in KINDS.items() if isinstance(module, kind))
