"""What the sender puts on the wire."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Media, MediaKind, MessageSender, OutgoingMessage, TemplateUse
from bot.channels.twilio import TwilioSender
from bot.channels.twilio_content import content_variables
from tests.bot.channels.twilio_sending import SERVICE, SMS, WHATSAPP, make_sender, options, sent
from tests.standin.scripted import ScriptedServer


def test_the_sender_offers_what_the_protocol_asks_for(sender: TwilioSender) -> None:
    as_protocol: MessageSender = sender
    assert as_protocol is sender


def test_a_whatsapp_text_has_prefixes_a_body_and_a_callback(twilio: ScriptedServer, sender: TwilioSender) -> None:
    assert sent(twilio, sender, WHATSAPP) == {
        "To": "whatsapp:+351910000001",
        "From": "whatsapp:+351210000000",
        "Body": "Shall we start?",
        "StatusCallback": "https://bot.example.org/webhooks/twilio/status/m1",
    }


def test_an_opaque_whatsapp_id_gets_no_plus(twilio: ScriptedServer, sender: TwilioSender) -> None:
    message = replace(WHATSAPP, to="US.13491208655302741918")
    assert sent(twilio, sender, message)["To"] == "whatsapp:US.13491208655302741918"


def test_a_text_message_has_no_prefix(twilio: ScriptedServer, sender: TwilioSender) -> None:
    fields = sent(twilio, sender, SMS)
    assert (fields["From"], fields["To"]) == ("+351210000000", "+351910000001")


def test_a_messaging_service_goes_with_texts_only_and_beside_the_number(twilio: ScriptedServer) -> None:
    sender = make_sender(twilio.url, service=SERVICE)
    fields = sent(twilio, sender, SMS)
    assert (fields["MessagingServiceSid"], fields["From"]) == (SERVICE, "+351210000000")
    assert "MessagingServiceSid" not in sent(twilio, sender, WHATSAPP)


def test_a_channel_known_by_its_service_alone_leaves_the_sender_to_it(twilio: ScriptedServer) -> None:
    fields = sent(twilio, make_sender(twilio.url, service=SERVICE), replace(SMS, sender=SERVICE))
    assert fields["MessagingServiceSid"] == SERVICE
    assert "From" not in fields


@pytest.mark.parametrize(("valid_for", "seconds"), [(0, 6), (-5, 6), (5, 6), (600.9, 600), (90_000, 36_000)])
def test_validity_stays_within_what_twilio_takes(
    twilio: ScriptedServer, sender: TwilioSender, valid_for: float, seconds: int
) -> None:
    message = replace(SMS, valid_for=timedelta(seconds=valid_for))
    assert sent(twilio, sender, message)["ValidityPeriod"] == str(seconds)


def test_a_text_message_carries_up_to_ten_attachments(twilio: ScriptedServer, sender: TwilioSender) -> None:
    media = tuple(Media(f"https://bot.example.org/media/{n}", MediaKind.IMAGE) for n in range(10))
    sent(twilio, sender, replace(SMS, media=media))
    urls = [value for name, value in twilio.requests[-1].form if name == "MediaUrl"]
    assert urls == [item.url for item in media]


@pytest.mark.parametrize(
    "message",
    [
        replace(WHATSAPP, media=(Media("https://a.example/1", MediaKind.IMAGE),) * 2),
        replace(SMS, media=(Media("https://a.example/1", MediaKind.IMAGE),) * 11),
        replace(SMS, text="x" * 1601),
        replace(SMS, text=""),
        replace(WHATSAPP, template=TemplateUse("welcome", "")),
    ],
)
def test_what_breaks_a_limit_is_refused_before_it_is_sent(
    twilio: ScriptedServer, sender: TwilioSender, message: OutgoingMessage
) -> None:
    with pytest.raises(ValueError, match=r"."):
        sender.send(message)
    assert twilio.requests == []


def test_an_attachment_needs_no_text(twilio: ScriptedServer, sender: TwilioSender) -> None:
    message = replace(WHATSAPP, text="", media=(Media("https://a.example/1", MediaKind.IMAGE),))
    assert "Body" not in sent(twilio, sender, message)


def test_a_template_travels_alone_with_its_values_on_one_line(twilio: ScriptedServer, sender: TwilioSender) -> None:
    values = {"1": " Ana\nSilva\t(new) ", "2": "a     b"}
    use = TemplateUse("welcome", "HX" + "ab" * 16, values)
    media = (Media("https://a.example/1", MediaKind.IMAGE),)
    fields = sent(twilio, sender, replace(WHATSAPP, template=use, media=media, options=options("Yes")))
    assert json.loads(fields["ContentVariables"]) == {"1": "Ana Silva (new)", "2": "a b"}
    assert fields["ContentSid"] == "HX" + "ab" * 16
    assert not {"Body", "MediaUrl"} & set(fields)


def test_a_template_without_blanks_sends_no_variables(twilio: ScriptedServer, sender: TwilioSender) -> None:
    use = TemplateUse("welcome", "HX" + "ab" * 16)
    assert "ContentVariables" not in sent(twilio, sender, replace(WHATSAPP, template=use))


@given(st.dictionaries(st.text(), st.text()))
def test_values_of_templates_never_hold_what_whatsapp_refuses(values: dict[str, str]) -> None:
    cleaned = json.loads(content_variables(values))
    assert set(cleaned) == set(values)
    assert not any(bad in value for value in cleaned.values() for bad in ("\n", "\t", "    "))


def test_half_a_surrogate_pair_does_not_stop_a_message(twilio: ScriptedServer, sender: TwilioSender) -> None:
    assert sent(twilio, sender, replace(WHATSAPP, text="a\ud83db"))["Body"] == "a?b"
