"""Signatures as Standard Webhooks has them: version 1, HMAC-SHA256. Pure but for the making of a secret."""

import base64
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a fresh secret as its receiver is given it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def sign(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """Return one signature, with its version."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digest = hmac.digest(base64.b64decode(secret.removeprefix(PREFIX)), signed, "sha256")
    return "v1," + base64.b64encode(digest).decode("ascii")


def signed_headers(secrets_in_force: Iterable[str], webhook_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a request; while a secret is being replaced, both sign."""
    timestamp = int(now.timestamp())
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(secret, webhook_id, timestamp, body) for secret in secrets_in_force),
    }
