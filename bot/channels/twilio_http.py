"""The transport under Twilio's SDK: a time limit, no repeats, and an honest account of a request's fate.

Whether a failed request may be sent again depends on one fact: whether a byte of it left this machine.
Libraries report that fact badly (one exception class covers a refused connection and a reset after the
request), so it is observed here, on the connection itself.
"""

import threading
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from bot.channels.base import NotSent, OutcomeUnknown, RateLimited, SendError
from bot.failpoints import crash_point

THREADS = 32  # connections kept for each host
SHORTEST_PAUSE = timedelta(seconds=1)  # also the pause where the provider names none
LONGEST_PAUSE = timedelta(hours=1)


class _Progress(threading.local):
    """Whether this thread's request has begun to leave."""

    begun = False


_progress = _Progress()


class _WatchedConnection(HTTPConnection):
    """A connection that notes when the first byte of a request is handed to the operating system."""

    def connect(self) -> None:
        try:
            super().connect()
        finally:
            _progress.begun = False  # what a proxy was told to open the tunnel is not the request

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _progress.begun = True
        crash_point("http_begun")
        super().send(data)
        crash_point("http_written")


class _WatchedTLSConnection(_WatchedConnection, HTTPSConnection):
    """The same over TLS; the handshake is part of `connect`."""


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _WatchedTLSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLSConnection


_POOLS = {"http": _WatchedPool, "https": _WatchedTLSPool}


class _WatchedAdapter(HTTPAdapter):
    """Connections that are watched, kept for all threads, and never tried twice."""

    def __init__(self) -> None:
        super().__init__(pool_connections=8, pool_maxsize=THREADS, max_retries=urllib3.Retry(0, read=False))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _Session(requests.Session):
    """A session that reads the environment once for each host: its proxies and certificates cost a third of a send."""

    def __init__(self) -> None:
        super().__init__()
        self._of_host: dict[str, Any] = {}

    def merge_environment_settings(self, url: Any, *given: Any) -> Any:
        host = "/".join(str(url).split("/", 3)[:3])
        if host not in self._of_host:
            self._of_host[host] = super().merge_environment_settings(url, *given)
        return {**self._of_host[host]}


def _new_session() -> requests.Session:
    session = _Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # threads share it: nothing is remembered
    for scheme in ("http://", "https://"):
        session.mount(scheme, _WatchedAdapter())
    return session


class Transport(TwilioHttpClient):  # type: ignore[misc]
    """Carries the SDK's requests; safe to share between threads.

    Returns answers with a status of 2xx, and of 4xx but 408 and 429. All else is raised as the message's
    fate: `NotSent`, `RateLimited` (429 is promised not to have been processed,
    https://www.twilio.com/docs/api/errors/20429) or `OutcomeUnknown` (a 5xx may have been processed,
    https://www.twilio.com/docs/api/errors/20500). Its errors name no address and no text.
    """

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self.session = _new_session()

    def __repr__(self) -> str:
        return f"Transport(timeout={self.timeout})"

    def request(  # noqa: PLR0917  the SDK's signature
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002, ARG002  a create must never follow one
    ) -> Response:
        body = {"json" if "json" in (headers or {}).get("Content-Type", "") else "data": data}
        _progress.begun = False
        try:
            answer = self.session.request(
                method,
                url,
                params=params,
                headers=headers,
                auth=auth,
                timeout=timeout or self.timeout,
                allow_redirects=False,
                **body,
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise _failure(method, error) from None  # the original holds the address, with a person's number
        _judge(method, answer)
        return Response(answer.status_code, answer.content.decode("utf-8", "replace"), dict(answer.headers))


def _failure(method: str, error: Exception) -> SendError:
    name = type(error).__name__
    if _progress.begun:
        return OutcomeUnknown(f"{method} to Twilio was sent, but no whole answer came back ({name})")
    return NotSent(f"{method} to Twilio never left: {name}")


def _judge(method: str, answer: requests.Response) -> None:
    status = answer.status_code
    if status == requests.codes.too_many_requests:
        raise RateLimited(f"{method} to Twilio was refused as too fast", retry_after=retry_after(answer.headers))
    if status >= 500 or 300 <= status < 400 or status == requests.codes.request_timeout:
        raise OutcomeUnknown(f"{method} to Twilio was answered with HTTP {status}")


def retry_after(headers: Mapping[str, str]) -> timedelta:
    """Read Retry-After, seconds or a date (RFC 9110, 10.2.3); a second where it is absent or makes no sense.

    A date is compared with the answer's own Date, so our clock need not be right.
    """
    value = headers.get("Retry-After", "").strip()
    try:
        if value.isascii() and value.isdigit():
            pause = timedelta(seconds=int(value[:9]))
        else:
            pause = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):
        return SHORTEST_PAUSE
    return min(max(pause, SHORTEST_PAUSE), LONGEST_PAUSE)
