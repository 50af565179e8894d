"""Where an outgoing webhook may go. Pure: an address is read once, and whatever its name resolves to is judged here.

Nobody who can enter an address may reach what only our own machine or its network can. So http, other ports and
addresses that are not public are for networks that the operator has named.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

import idna

from bot.errors import InvalidEvent

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]

LONGEST_URL = 2000
PORTS = {"https": 443, "http": 80}
MOST_PORT = 65_535
_TYPED = re.compile(r"[^\s\\\x00-\x1f\x7f]+")
_NAME = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?", re.ASCII
)
_PLAIN = re.compile(r"[!-~]*", re.ASCII)
_NEVER_PUBLIC = tuple(map(ip_network, ("192.88.99.0/24", "fec0::/10", "64:ff9b:1::/48", "5f00::/16")))
"""Relays, site-local and translated addresses, which some versions of Python hold for global."""
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """An address, taken apart."""

    scheme: str
    host: str
    """A name in ASCII, or an IP address without brackets."""
    port: int
    path: str
    """With its query."""

    @property
    def is_plain(self) -> bool:
        """It is https on its own port, which may go anywhere on the public internet."""
        return self.scheme == "https" and self.port == PORTS["https"]

    @property
    def host_header(self) -> str:
        """The host as HTTP writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read_target(url: str) -> Target:
    """Take an address apart. Raises `InvalidEvent` for the field `url`."""
    if not _TYPED.fullmatch(url) or len(url) > LONGEST_URL:
        raise _wrong(f"write an address such as https://example.org/hook, of at most {LONGEST_URL} characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong("this is no address: write one such as https://example.org/hook") from None
    if parts.scheme not in PORTS:
        raise _wrong("an address begins with https://")
    if "@" in parts.netloc:
        raise _wrong("leave user and password out of the address: every request is signed instead")
    if parts.fragment or url.endswith("#"):
        raise _wrong("leave out what follows #: it is never sent")
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    if not _PLAIN.fullmatch(path):
        raise _wrong("write letters beyond ASCII in the path as %C3%A9")
    if port == 0:
        raise _wrong(f"the port is a number from 1 to {MOST_PORT}")
    return Target(parts.scheme, _host(parts.hostname or ""), port or PORTS[parts.scheme], path)


def check_target(url: str, allowed: Networks) -> Target:
    """Take apart an address that somebody enters, and refuse what can never be reached. Raises `InvalidEvent`."""
    target = read_target(url)
    if not target.is_plain and not allowed:
        raise _wrong("only https on port 443 is allowed: see CALLBOARD_WEBHOOKS_ALLOW_PRIVATE for others")
    literal = _literal(target.host)
    if literal is not None and not may_reach(target, literal, allowed):
        raise _wrong(NOT_PUBLIC.format(address=literal))
    return target


NOT_PUBLIC = "{address} is not a public address: the operator can allow it in CALLBOARD_WEBHOOKS_ALLOW_PRIVATE"


def may_reach(target: Target, address: Address, allowed: Networks) -> bool:
    """Tell whether *target* may be posted to at *address*: a public one, or one that the operator has named."""
    if any(_inside(each, allowed) for each in _same(address)):
        return True
    return target.is_plain and is_public(address)


def is_public(address: Address) -> bool:
    """Tell whether an address, and every other one that it stands for, is globally reachable."""
    return all(_is_global(each) for each in (address, *_embedded(address)))


def _is_global(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return True  # what it stands for is judged
    return address.is_global and not address.is_multicast and not _inside(address, _NEVER_PUBLIC)


def _same(address: Address) -> Iterator[Address]:
    """Return the ways to write one address."""
    yield address
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        yield address.ipv4_mapped


def _embedded(address: Address) -> Iterator[IPv4Address]:
    """Return the IPv4 addresses to which an IPv6 address is translated or tunnelled."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64 or address in _COMPATIBLE:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)


def _inside(address: Address, networks: Networks) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _host(host: str) -> str:
    if ":" in host:
        literal = _literal(host)
        if literal is None or "%" in host:
            raise _wrong("this is no IP address")
        return str(literal)
    try:
        name = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        name = ""
    if not _NAME.fullmatch(name):
        raise _wrong("the host is missing, or is no name of one")
    return name


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _wrong(message: str) -> InvalidEvent:
    return InvalidEvent(message, field="url")
