"""How the stand-in for Twilio behaves; everything can be changed while it runs."""

import random
import threading
import time
from dataclasses import dataclass, field, fields
from typing import Any

FAULTS = frozenset(
    {
        "slow",  # answers after `seconds`
        "hang",  # processes the request, then says nothing for `seconds` and closes
        "500_after",  # processes it, answers 500
        "500_before",  # answers 500 without processing it
        "503_before",
        "429",  # not processed; Retry-After: `seconds`
        "reset_unread",  # resets the connection before the body is read
        "reset_before",  # reads the body, does not process it, resets
        "reset_after",  # processes it, resets
        "garbage",  # processes it, answers 201 with something that is no JSON
        "empty",  # processes it, answers 201 with nothing
        "cut",  # processes it, breaks off within the answer
    }
)
PROCESSED = FAULTS - {"500_before", "503_before", "429", "reset_unread", "reset_before"}


@dataclass
class Fault:
    """A rule: which requests suffer what."""

    kind: str
    share: float = 1.0  # of the requests that fit
    times: int | None = None  # how often at most
    on: str = "messages"  # messages, content, reads, all
    to: str = ""  # only creates for this address
    seconds: float = 1.0
    code: int = 0  # Twilio's code in the error body; by default the usual one

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"unknown fault {self.kind}: one of {sorted(FAULTS)}")


@dataclass
class Failure:
    """A person to whom messages fail with *code*."""

    code: int
    how: str = "callback"  # or "answer": refused at once
    times: int | None = None


@dataclass
class Options:
    """The settings that the control address can change."""

    answer_delay: float = 0.0  # seconds, each answer; the request is processed at a random point within
    callbacks: bool = True
    callback_delay: float = 0.05  # seconds between one status and the next, on average
    shuffle: bool = False  # statuses of one message may arrive in any order
    repeat: float = 0.0  # share of callbacks and inbound messages that are posted twice
    repeat_within: float = 0.05  # seconds until the second copy of an inbound message, at most
    drop: float = 0.0  # share of callbacks that never come
    read: float = 0.0  # share of WhatsApp messages that are read
    window: bool = False  # refuse free-form WhatsApp texts outside the 24 hours (63016)
    approve_unknown: bool = True  # any ContentSid that was not made here counts as an approved template
    connect_to: str = ""  # where webhooks really go; their own address is what is signed
    inbound_url: str = "http://localhost:8000/webhooks/twilio/messages"

    def update(self, changes: dict[str, Any]) -> None:
        for item in fields(self):
            if item.name in changes:
                setattr(self, item.name, type(getattr(self, item.name))(changes[item.name]))


@dataclass
class Plan:
    """Options, faults and failures, with one source of chance for all of them."""

    options: Options = field(default_factory=Options)
    faults: list[Fault] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)
    seed: int = 1

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._lock = threading.Lock()

    def chance(self, share: float) -> bool:
        return share > 0 and self.uniform() < share

    def uniform(self) -> float:
        with self._lock:
            return self._random.random()

    def fault_for(self, area: str, to: str = "") -> Fault | None:
        """Choose the fault that this request suffers, and count it."""
        if not self.faults:
            return None
        with self._lock:
            for fault in self.faults:
                fits = fault.on in {area, "all"} and fault.to in {"", to}
                if fits and fault.times != 0 and self._random.random() < fault.share:
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def failure_for(self, to: str, how: str) -> Failure | None:
        """Choose the error that a message to *to* meets, and count it."""
        with self._lock:
            failure = self.failures.get(to)
            if failure is None or failure.how != how or failure.times == 0:
                return None
            if failure.times is not None:
                failure.times -= 1
            return failure

    def pause(self, share: float) -> None:
        """Let a share of the answer's delay pass."""
        if self.options.answer_delay > 0:
            time.sleep(self.options.answer_delay * share)
