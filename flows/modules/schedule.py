"""Schedule: an interview that the candidate books; always the last module of a Schedule stage."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

PlaceKind = Literal["phone", "link", "address"]
StaffKind = Literal["one", "any_of", "all_of"]
SCHEDULE_TEMPLATES = ("confirmation", "reminder_24h", "reminder_2h", "rescheduled", "cancelled")


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is booked, with whom, where and by which rules."""

    key: str
    length: timedelta
    place: PlaceKind
    where: str  # the link or the address; empty for a phone call
    staff: StaffKind
    interviewers: tuple[str, ...]  # e-mail addresses
    capacity: int = 1
    notice: timedelta = timedelta(hours=4)
    horizon: timedelta = timedelta(days=14)
    buffer: timedelta = timedelta()
    step: timedelta = timedelta(minutes=30)
    templates: Mapping[str, str] = field(default_factory=dict)  # one of SCHEDULE_TEMPLATES → template name

    @property
    def waits_for_nothing(self) -> bool:
        return False
