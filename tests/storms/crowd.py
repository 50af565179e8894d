"""Candidates who answer: each sends the next line only once what it must hear has been accepted for its phone."""

import random
import time
from dataclasses import dataclass, field

from tests.storms.installation import SMS, WHATSAPP, Installation
from tests.storms.oracle import TEMPLATE, Script, write_campaign, write_script
from tests.storms.services import Twilio


@dataclass
class Person:
    """One candidate with a phone."""

    phone: str
    channel: str
    name: str
    script: Script
    heard: list[str] = field(default_factory=list)
    heard_at: list[float] = field(default_factory=list)
    said: int = 0
    said_at: list[float] = field(default_factory=list)
    speaks_at: float | None = None
    application: str = ""
    enrolment: str = ""

    @property
    def address(self) -> str:
        return f"whatsapp:{self.phone}" if self.channel == "whatsapp" else self.phone

    @property
    def ours(self) -> str:
        return f"whatsapp:{WHATSAPP}" if self.channel == "whatsapp" else SMS

    @property
    def awaited(self) -> int:
        """How many messages must have come before the next line, or the end."""
        return 1 + sum(len(turn.answers) for turn in self.script.turns[: self.said])

    @property
    def has_heard_all(self) -> bool:
        return len(self.heard) >= self.awaited

    @property
    def finished(self) -> bool:
        return self.said == len(self.script.turns) and self.has_heard_all

    def delays(self) -> list[float]:
        """Return for each line the seconds until the last of its answers was accepted at the provider."""
        ends, place = [], 1
        for turn in self.script.turns[: self.said]:
            place += len(turn.answers)
            ends.append(place - 1)
        return [self.heard_at[end] - at for end, at in zip(ends, self.said_at, strict=True) if end < len(self.heard_at)]


class Crowd:
    """All candidates, driven by one loop."""

    def __init__(self, twilio: Twilio, chance: random.Random, size: int, *, first: int = 0, extra: int = 0) -> None:
        self._twilio, self._chance, self._extra = twilio, chance, extra
        self.think = (0.5, 6.0)
        self.people = [self._make(number) for number in range(first, first + size)]
        self._by_address = {person.address: person for person in self.people}

    def _make(self, number: int) -> Person:
        channel = "whatsapp" if number % 2 else "sms"
        name = f"Ann{number}"
        script = write_script(name, channel, self._chance, self._extra)
        return Person(f"+3519100{number:05d}", channel, name, script)

    @property
    def finished(self) -> bool:
        return all(person.finished for person in self.people)

    @property
    def share_said(self) -> float:
        """How much of what they have to say they have said."""
        return sum(person.said for person in self.people) / sum(len(person.script.turns) for person in self.people)

    def apply(self, installation: Installation) -> None:
        """Make the job and everybody's application."""
        self._twilio.control(templates=[TEMPLATE])
        stages = [{"name": "Screening", "type": "form", "campaign": write_campaign(self._extra)}]
        body = {"title": "Barista", "default_country": "PT", "channels": ["whatsapp", "sms"], "stages": stages}
        job = installation.call("POST", "/jobs", body)
        for person in self.people:
            candidate = {"first_name": person.name, "last_name": "Silva", "phone": person.phone}
            application = {"job": job["id"], "stage": job["stages"][0]["id"], "external_id": person.name}
            whole = {**application, "candidate": {**candidate, "channel": person.channel}}
            made = installation.call("POST", "/applications", whole)
            person.application, person.enrolment = made["id"], made["enrolment"]

    def listen(self) -> None:
        """Hear what has been accepted, and decide when to answer."""
        for entry in self._twilio.news():
            person = self._by_address.get(entry.get("form", {}).get("To", ""))
            if entry["event"] == "message" and person is not None:
                person.heard.append(entry["body"])
                person.heard_at.append(entry["at"])
                if len(person.heard) == person.awaited and person.said < len(person.script.turns):
                    person.speaks_at = time.monotonic() + self._chance.uniform(*self.think)

    def speak(self) -> None:
        """Let those speak who have thought long enough."""
        now = time.monotonic()
        for person in self.people:
            if person.speaks_at is not None and person.speaks_at <= now:
                person.speaks_at = None
                line = person.script.turns[person.said].line
                person.said += 1
                person.said_at.append(time.time())
                self._twilio.write(sender=person.address, to=person.ours, body=line)

    def hurry(self) -> None:
        """Nobody thinks long any more."""
        self.think = (0.05, 0.3)
        soon = time.monotonic() + 0.3
        for person in self.people:
            if person.speaks_at is not None:
                person.speaks_at = min(person.speaks_at, soon)


def converse(crowd: Crowd, seconds: float) -> None:
    """Let everybody finish the conversation."""
    end = time.monotonic() + seconds
    while not crowd.finished:
        assert time.monotonic() < end, [(p.name, p.said, p.heard) for p in crowd.people if not p.finished]
        crowd.listen()
        crowd.speak()
        time.sleep(0.02)
