"""Requests as Twilio makes them, ready to be sent: a signed form with the usual fields of a WhatsApp message."""

from urllib.parse import urlencode

from benchmarks.support.conversation import FIRST_NUMBER, SCRIPT, phone
from benchmarks.support.installation import ACCOUNT, OUR_NUMBER, TOKEN
from tests.standin.callbacks import signature

PATH, STATUS_PATH = "/webhooks/twilio/messages", "/webhooks/twilio/status/"


def hello() -> bytes:
    """Return the request of the bare route."""
    return b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"


def conversation(person: int, port: int) -> list[bytes]:
    """Return what one person sends in a whole conversation, in its order."""
    return [message(person, place, text, port) for place, text in enumerate(SCRIPT)]


def message(person: int, place: int, text: str, port: int) -> bytes:
    """Return one signed inbound message to the installation on *port*."""
    sid = f"SM{person:024x}{place:08x}"
    fields = {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Ana",
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": str(FIRST_NUMBER + person),
        "SmsStatus": "received",
        "Body": text,
        "To": f"whatsapp:{OUR_NUMBER}",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": f"whatsapp:{phone(person)}",
        "ApiVersion": "2010-04-01",
    }
    return _signed(PATH, fields, port)


def delivered(person: int, provider_id: str, public_id: str, port: int) -> bytes:
    """Return one signed status callback: that message of ours has reached that person."""
    fields = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "ChannelInstallSid": "XE" + "0" * 32,
        "ChannelPrefix": "whatsapp",
        "From": f"whatsapp:{OUR_NUMBER}",
        "MessageSid": provider_id,
        "MessageStatus": "delivered",
        "SmsSid": provider_id,
        "SmsStatus": "delivered",
        "To": f"whatsapp:{phone(person)}",
    }
    return _signed(f"{STATUS_PATH}{public_id}", fields, port)


def _signed(path: str, fields: dict[str, str], port: int) -> bytes:
    body = urlencode(fields).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature(TOKEN, f'http://localhost:{port}{path}', fields)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
