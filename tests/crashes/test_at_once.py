"""Many at the same moment: R7 and R8 of the acceptance programme, on both databases."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from bot.channels.base import ChannelKind, InboundMessage
from bot.dialogue.inbox import Reception, receive
from bot.models import Enrolment, Message
from bot.work import reading
from tests.stories import ANN, OURS, Story


def _message(number: int, text: str, phone: str = ANN) -> InboundMessage:
    kind = ChannelKind.WHATSAPP
    return InboundMessage(f"SM{phone[-4:]}{number:026x}", kind, phone, OURS[kind], text)


def test_fifty_copies_of_one_message_make_one_turn(story: Story) -> None:
    story.job()
    story.apply()
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: receive(story.runtime, "twilio", _message(1, "ok")), range(50)))
    assert sorted(receipts).count(Reception.HANDLED) == 1
    story.send()
    assert story.sender.texts()[1:] == ["Two questions.", "Do you drive?"]


def test_eight_different_messages_at_once_make_eight_turns_in_one_order(story: Story) -> None:
    story.job()
    phones = [f"+1415555{number:04d}" for number in range(100, 110)]
    for phone in phones:
        story.apply(phone=phone)
    lines = ["ok", "yes", "3", "thanks", "hello", "are you there", "good bye", "one more"]
    events = [_message(n, text, phone) for phone in phones for n, text in enumerate(lines)]
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda event: receive(story.runtime, "twilio", event), events))
    assert Reception.DUPLICATE not in receipts
    with reading(story.runtime) as work:
        stored = work.connection.execute(select(func.count()).select_from(Message).where(Message.inbound)).scalar_one()
        enrolments = work.connection.execute(select(func.count()).select_from(Enrolment)).scalar_one()
    assert stored == len(events)
    assert enrolments == len(phones)


def test_first_messages_of_an_unknown_person_at_once_make_one_person(story: Story) -> None:
    story.job()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: receive(story.runtime, "twilio", _message(n, "hi", "+14155550177")), range(8)))
    with reading(story.runtime) as work:
        rows = work.connection.execute(select(Message.conversation_id).where(Message.inbound)).scalars().all()
    assert len(rows) == 8
    assert len(set(rows)) == 1
