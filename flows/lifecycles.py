"""Life cycles as tables: statuses, and the moves between them. The odd orders that really happen are lines too."""

from dataclasses import dataclass
from enum import StrEnum

STAYS = "="
"""As a destination: the move is legal and changes nothing."""


@dataclass(frozen=True, slots=True)
class Move:
    """A named move from some statuses to one."""

    name: str
    sources: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Where a thing may go from where it is."""

    name: str
    start: str
    moves: tuple[Move, ...]

    @property
    def statuses(self) -> tuple[str, ...]:
        """All statuses, in the order of their first mention."""
        seen = dict.fromkeys([self.start])
        for move in self.moves:
            seen.update(dict.fromkeys(move.sources))
            if move.target != STAYS:
                seen[move.target] = None
        return tuple(seen)


class EnrolmentStatus(StrEnum):
    """Where an enrolment stands; product.md section 3."""

    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Nothing follows. A blast also ends, when it is delivered."""
        return self in FINAL


FINAL = frozenset(
    {EnrolmentStatus.COMPLETED, EnrolmentStatus.FAILED, EnrolmentStatus.EXPIRED, EnrolmentStatus.CANCELLED}
)


OPEN = (EnrolmentStatus.DELIVERED, EnrolmentStatus.IN_PROGRESS)
"""The candidate can answer, be reminded, and run out of time; but for a blast, which ends in the first of them."""


class CancelReason(StrEnum):
    """Why an enrolment was ended from outside."""

    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"
    SUPERSEDED = "superseded"
    OPTED_OUT = "opted_out"
    JOB_CLOSED = "job_closed"


ENROLMENT = Lifecycle(
    "enrolment",
    start="queued",
    moves=(
        Move("send", ("queued",), "sending"),
        Move("deliver", ("sending",), "delivered"),
        # a receipt that comes late, or again, moves nothing
        Move("deliver", ("delivered", "in_progress", "completed", "failed", "expired", "cancelled"), STAYS),
        # the first reply may overtake the receipt
        Move("reply", ("sending", "delivered"), "in_progress"),
        Move("reply", ("in_progress",), STAYS),
        Move("fail", ("queued", "sending", "delivered"), "failed"),
        Move("fail", ("in_progress", "completed", "failed", "expired", "cancelled"), STAYS),
        Move("complete", ("delivered", "in_progress"), "completed"),
        Move("expire", ("delivered", "in_progress"), "expired"),
        Move("cancel", ("queued", "sending", "delivered", "in_progress"), "cancelled"),
    ),
)
