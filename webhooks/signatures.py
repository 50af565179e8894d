"""Proves that a request comes from Twilio.

Rules: https://www.twilio.com/docs/usage/webhooks/webhooks-security. The signature covers the address that
Twilio called and every field, so both are taken raw: the configured address with the request's own path and
query as they came, and the fields of the body as it came.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qs, quote, unquote_plus, urlsplit

from twilio.request_validator import (  # type: ignore[import-untyped]
    HMAC_SHA1,
    HMAC_SHA256,
    RequestValidator,
    get_signature_algorithm,
)

__all__ = ["SIGNED_BY", "public_url", "raw_path", "signed_fields"]

SIGNATURE = "X-Twilio-Signature"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"
SIGNED_BY = (SIGNATURE, SETTINGS)
FORM = "application/x-www-form-urlencoded"

Fields = list[tuple[str, str]]


def signed_fields(
    *,
    url: str,
    body: bytes,
    content_type: str,
    headers: Mapping[str, str],
    tokens: Sequence[str],
    shared_keys: Sequence[str] = (),
) -> Fields | None:
    """Return the fields of this request for *url* if one of *tokens* (two during a rotation) signed it; never raises.

    With *shared_keys* only a SHA-256 signature under one of them counts: no weaker one is accepted beside it.
    The caller limits the size of *body*. Bytes that are no UTF-8 stand in the fields as `surrogateescape` has them.
    """
    signature = _ascii(_header(headers, SIGNATURE))
    if not signature:
        return None
    try:
        fields = _covered_fields(url, body, content_type)
        if fields is None:
            return None
        algorithm = get_signature_algorithm(_header(headers, SETTINGS)).upper()
        accepted = (HMAC_SHA256,) if shared_keys else (HMAC_SHA1, HMAC_SHA256)
        is_signed = algorithm in accepted and _any_signed(url, fields, signature, shared_keys or tokens, algorithm)
    except (ValueError, TypeError, AttributeError):  # includes all errors of encodings
        return None
    return fields if is_signed else None


def _any_signed(url: str, fields: Fields, signature: bytes, secrets: Sequence[str], algorithm: str) -> bool:
    joined = _joined(fields)
    if algorithm == HMAC_SHA1:
        text = _encoded(url + joined)
        if any(hmac.compare_digest(_sign(secret, text), signature) for secret in secrets if secret):
            return True
    return any(_validates(url, joined, signature, secret, algorithm) for secret in secrets if secret)


def _validates(url: str, joined: str, signature: bytes, secret: str, algorithm: str) -> bool:
    """Ask the provider's own validator, which also tries the address with and without its port.

    Both are given to it ready made as well: with `user:password@` before the host it cannot take a port off. The
    fields go in as one, already joined, so that a forged form of thousands of fields costs no more than another.
    """
    validator = RequestValidator(secret)
    text = signature.decode("ascii")
    return any(validator.validate(address, {joined: ""}, text, algorithm) for address in _addresses(url))


def _covered_fields(url: str, body: bytes, content_type: str) -> Fields | None:
    """Return the fields that the signature covers; None if the body is not covered by it at all.

    A body that is no form is only covered by its hash in the address (`bodySHA256`); without that check any
    body would pass beside a genuine signature of the address alone.
    """
    hashes = parse_qs(urlsplit(url).query).get("bodySHA256") if "bodySHA256" in url else None
    if hashes is not None:
        digest = hashlib.sha256(body).hexdigest().encode()
        if not hmac.compare_digest(digest, _ascii(hashes[0]).lower()):
            return None
    if content_type.partition(";")[0].strip().lower() == FORM:
        return _fields(body)
    return None if body and hashes is None else []


def _fields(body: bytes) -> Fields:
    """Read a form as `parse_qsl` does, in half its time: few fields hold anything that is escaped.

    Bytes that are no UTF-8 survive as escapes, so that they are signed as they came.
    """
    pairs = (pair.partition("=") for pair in body.decode("utf-8", "surrogateescape").split("&") if pair)
    return [(_plain(name), _plain(value)) for name, _, value in pairs]


def _plain(text: str) -> str:
    return unquote_plus(text, errors="surrogateescape") if "%" in text or "+" in text else text


def _joined(fields: Fields) -> str:
    """Join names and values as they are signed: by name, then by value, without repeats."""
    return "".join(name + value for name, value in sorted(set(fields)))


def _sign(secret: str, text: bytes) -> bytes:
    return b64encode(hmac.digest(_encoded(secret), text, hashlib.sha1))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _ascii(text: str) -> bytes:
    """Return *text* as bytes; nothing if it is not ASCII, as no signature is."""
    return text.encode("ascii") if text.isascii() else b""


def _header(headers: Mapping[str, str], name: str) -> str:
    found = headers.get(name)
    if found is None:
        found = next((value for key, value in headers.items() if key.lower() == name.lower()), "")
    return found.strip()


def _addresses(url: str) -> Iterator[str]:
    """Yield *url*, then the same without its port or with the standard one, whichever it is not."""
    yield url
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    standard = 443 if parts.scheme == "https" else 80
    host = f"{host}:{standard}" if parts.port is None else host.rpartition(":")[0]
    scheme, _, rest = url.partition("://")
    yield f"{scheme}://{user}{at}{host}{rest[len(parts.netloc) :]}"


def public_url(base: str, path: bytes | str, query: bytes | str = b"") -> str:
    """Build the address that Twilio called from the configured base and the request's raw path and query.

    *base* may hold a user, a password and a port: they are part of what is signed. *path* may be the whole request
    target, as servers keep it: what follows a question mark is left to *query*.
    """
    raw_query = _raw(query)
    return base.rstrip("/") + _raw(path).partition("?")[0] + ("?" + raw_query if raw_query else "")


def raw_path(environ: Mapping[str, object]) -> str:
    """Return a WSGI request's path with its escapes; where the server does not keep it, escaped anew."""
    for key in ("RAW_URI", "REQUEST_URI"):
        target = environ.get(key)
        if isinstance(target, str) and target:
            if "://" in target.partition("?")[0]:  # the absolute form, which a proxy may send
                target = "/" + target.partition("://")[2].partition("/")[2]
            return target.partition("?")[0]
    path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}"
    return quote(path.encode("latin-1", "replace"), safe="/:@!$&'()*+,;=~-._")


def _raw(part: bytes | str) -> str:
    """Read bytes of a request as UTF-8; WSGI hands them over as text in Latin-1."""
    raw = part if isinstance(part, bytes) else part.encode("latin-1", "replace")
    return raw.decode("utf-8", "surrogateescape")
