"""Video interview: spoken answers to a list of questions, recorded in the candidate's own time."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class InterviewQuestion:
    """One question to be answered on video, or by voice where the module allows it."""

    key: str
    text: str
    think: timedelta = timedelta(seconds=30)
    limit: timedelta = timedelta(minutes=2)
    retakes: int = 2


@dataclass(frozen=True, slots=True)
class VideoInterview:
    """The questions of one asynchronous interview; *voice* accepts a voice note as well."""

    key: str
    questions: tuple[InterviewQuestion, ...]
    voice: bool = False

    @property
    def waits_for_nothing(self) -> bool:
        return False
