"""Secrets that must be read again, encrypted with a key made from `CALLBOARD_SECRET_KEY`.

What only has to be recognised (keys, passwords, tokens) is hashed instead. Each purpose has a key of its own, so that
a secret copied from one column into another cannot be read there.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import BotError


class Unreadable(BotError):
    """A secret was encrypted with another `CALLBOARD_SECRET_KEY`, or is damaged."""


def seal(secret_key: str, purpose: str, secret: str) -> str:
    """Return *secret* as it may be stored; *purpose* is a word such as `webhook_endpoint`."""
    return _fernet(secret_key, purpose).encrypt(secret.encode()).decode("ascii")


def unseal(secret_key: str, purpose: str, sealed: str) -> str:
    """Return the secret that `seal` was given for the same *purpose*. Raises `Unreadable`."""
    try:
        return _fernet(secret_key, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable(
            f"a secret kept for {purpose} cannot be read: was CALLBOARD_SECRET_KEY changed? Set the old one, or make "
            "the secret anew"
        ) from None


def _fernet(secret_key: str, purpose: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=f"callboard {purpose}".encode()).derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
