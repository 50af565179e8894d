"""R4, R9 and R11: equal texts on purpose, the order of parts, and a provider that is down."""

import threading
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from bot.channels.base import (
    MessageStatus,
    NotSent,
    OutgoingMessage,
    Sent,
    StatusUpdate,
)
from bot.dialogue.draining import drain
from bot.dialogue.sending import _send_next, send_due
from bot.dialogue.statuses import record_status
from bot.failpoints import EXIT
from bot.intake.applications import Applicant, apply_for
from bot.messaging.claims import Wait
from bot.models import Candidate, Channel, Conversation, Message
from bot.models.base import new_public_id
from bot.pipeline.stages import find_target
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from tests.conftest import Build, make_ready
from tests.crashes.provider import FileProvider
from tests.crashes.world import ShiftedClock, World, run_apart
from tests.fakes import FakeSender
from tests.stories import ANN, ONLY_NEWS, Story

TWICE = {**ONLY_NEWS, "modules": [{"key": "n", "type": "content", "blocks": [{"text": "Hurry!"}, {"text": "Hurry!"}]}]}


# R4


@pytest.mark.storm
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("point", ["send_claimed", "send_answered"])
def test_two_equal_texts_on_purpose_stay_two_when_a_worker_dies_in_the_second(
    build_runtime: Build, tmp_path: Path, point: str
) -> None:
    provider = FileProvider(tmp_path / "provider.jsonl", build_runtime().clock)
    runtime = build_runtime(provider, CALLBOARD_SMS_RATE="1000")
    make_ready(runtime)
    world = World(runtime, provider)
    world.story.job("Courier", TWICE, channels=["sms"])
    world.apply("Courier")
    for _ in range(2):
        assert send_due(runtime) == 1
        world.clock.move(timedelta(seconds=11))
    assert provider.texts(ANN) == ["Hello", "Hurry!"]
    assert run_apart(world, lambda world: send_due(world.runtime), point) == EXIT
    world.recover()
    assert provider.texts(ANN) == ["Hello", "Hurry!", "Hurry!", "That was all."]


# R9


@dataclass(slots=True)
class SlowAtFirst:
    """A provider that takes its time over the first part; word that a part is on its way comes a little later."""

    inner: FakeSender
    runtime: Runtime | None = None
    accepted: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    words: list[threading.Timer] = field(default_factory=list)

    def send(self, message: OutgoingMessage) -> Sent:
        if message.text == "Hello":
            threading.Event().wait(0.2)
        self.accepted[message.to].append(message.text)
        receipt = self.inner.send(message)
        news = StatusUpdate(receipt.provider_id, "sent", MessageStatus.SENT, "", message.public_id)
        word = threading.Timer(0.02, self._tell, (news,))
        self.words.append(word)
        word.start()
        return receipt

    def _tell(self, news: StatusUpdate) -> None:
        assert self.runtime is not None
        record_status(self.runtime, news)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.mark.storm
def test_three_parts_keep_their_order_for_a_hundred_contacts(build_runtime: Build) -> None:
    clock = ShiftedClock()
    build_runtime()
    sender = SlowAtFirst(FakeSender(clock))
    runtime = replace(build_runtime(sender, CALLBOARD_SMS_RATE="1000"), clock=clock)  # type: ignore[arg-type]
    sender.runtime = runtime
    make_ready(runtime)
    story = Story(runtime, sender.inner)
    news = [{"key": "n", "type": "content", "blocks": [{"text": "Second."}]}]
    story.job(campaign={**ONLY_NEWS, "modules": news}, channels=["sms"])
    phones = [f"+1415555{number:04d}" for number in range(2000, 2100)]
    with unit_of_work(runtime) as work:
        target = find_target(work, story.stages["Barista/screening"])
        for phone in phones:
            apply_for(work, target, Applicant(phone, "Ann"), source="test", external_id=None, sends=True)
    for _ in range(200):
        drain(runtime)
        if len(sender.words) == 3 * len(phones):
            break
        threading.Event().wait(0.05)
    for word in sender.words:
        word.join()
    expected = ["Hello", "Second.", "That was all."]
    assert sender.accepted == dict.fromkeys(phones, expected)


# R11


@dataclass(slots=True)
class Down:
    """A provider that cannot be reached for a minute, and notes each attempt."""

    inner: FakeSender
    until: datetime
    attempts: list[datetime] = field(default_factory=list)

    def send(self, message: OutgoingMessage) -> Sent:
        self.attempts.append(self.inner.clock.now())
        if self.inner.clock.now() < self.until:
            raise NotSent("connection refused")
        return self.inner.send(message)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.mark.storm
def test_a_provider_that_is_down_is_probed_seldom_and_then_sent_to_at_the_agreed_rate(build_runtime: Build) -> None:
    clock = build_runtime().clock
    sender = Down(FakeSender(clock), clock.now() + timedelta(seconds=60))
    runtime = build_runtime(sender, CALLBOARD_WHATSAPP_RATE="10")  # type: ignore[arg-type]
    make_ready(runtime)
    story = Story(runtime, sender.inner)
    story.job()
    applied = story.apply()
    with unit_of_work(runtime) as work:
        _queue_many(work, applied.candidate_id, 1_000)
    began = clock.now()
    sender.attempts.clear()
    for _ in range(20_000):
        found = _send_next(runtime)
        if isinstance(found, Wait):
            if found.until is None and not _left(runtime):
                break
            story.clock.moment = found.until or clock.now() + timedelta(seconds=1)
    down = [at - began for at in sender.attempts if at < sender.until]
    opened = down[9] if len(down) > 9 else timedelta(0)
    probes = [at for at in down if at > opened]
    assert len(probes) <= 2
    assert all(later - earlier >= timedelta(seconds=30) for earlier, later in pairwise(probes))
    up = [at for at in sender.attempts if at >= sender.until]
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in zip(up, up[10:], strict=False))
    with reading(runtime) as work:
        kept = work.connection.execute(
            select(Message.status, Message.attempts, func.count()).group_by(Message.status, Message.attempts)
        ).all()
    assert [tuple(row) for row in kept] == [("sent", 1, 1_001)]
    assert len(sender.inner.accepted) == 1_001


def _left(runtime: Runtime) -> int:
    with reading(runtime) as work:
        return work.connection.execute(
            select(func.count()).select_from(Message).where(Message.status == "queued")
        ).scalar_one()


def _queue_many(work: Any, candidate_id: int, count: int) -> None:
    """Queue a message for each of many people, by copying what one of them has."""
    connection = work.connection
    candidate = connection.execute(select(Candidate).where(Candidate.id == candidate_id)).one()._asdict()
    message = connection.execute(select(Message)).one()._asdict()
    people = [
        {**candidate, "id": None, "public_id": new_public_id(), "phone": None, "phone_key": None} for _ in range(count)
    ]
    for row in people:
        del row["id"]
    connection.execute(insert(Candidate), people)
    ids = connection.execute(select(Candidate.id).where(Candidate.id != candidate_id)).scalars().all()
    connection.execute(
        insert(Conversation), [{"candidate_id": key, "created_at": work.now, "backlog": False} for key in ids]
    )
    conversations = connection.execute(select(Conversation.id).where(Conversation.candidate_id.in_(ids))).scalars()
    fresh = {"enrolment_id": None, "status": "queued", "not_before": None, "attempts": 0, "lease": None}
    copies = [
        {**message, **fresh, "public_id": new_public_id(), "conversation_id": conversation}
        for conversation in conversations
    ]
    for row in copies:
        del row["id"]
    connection.execute(insert(Message), copies)
    connection.execute(update(Channel).values(failures=0, paused_until=None, free_at=None))
