"""Signatures and the times of attempts, against what is published of Standard Webhooks."""

import base64
from datetime import UTC, datetime, timedelta

from bot.outgoing.schedule import MOST_ATTEMPTS, is_given_up, next_attempt
from bot.outgoing.signing import new_secret, sign, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
"""The vector that the specification's own libraries are tested with."""
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_a_signature_is_the_published_one() -> None:
    assert sign(SECRET, ID, AT, BODY) == SIGNATURE


def test_while_a_secret_is_replaced_both_sign() -> None:
    other = new_secret()
    headers = signed_headers([other, SECRET], ID, datetime.fromtimestamp(AT, UTC), BODY)
    assert headers["webhook-id"] == ID
    assert headers["webhook-timestamp"] == str(AT)
    assert headers["webhook-signature"].split(" ") == [sign(other, ID, AT, BODY), SIGNATURE]


def test_a_secret_has_32_random_bytes_and_is_never_the_same() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert len(base64.b64decode(first.removeprefix("whsec_"), validate=True)) == 32


def test_ten_attempts_take_three_days_and_some_hours() -> None:
    now, attempts = MONDAY, 1
    while (following := next_attempt(attempts, now)) is not None:
        assert following > now
        now, attempts = following, attempts + 1
    assert attempts == MOST_ATTEMPTS == 10
    assert timedelta(days=2, hours=20) < now - MONDAY < timedelta(days=3, hours=12)


def test_two_attempts_that_failed_together_are_not_repeated_together() -> None:
    assert len({next_attempt(3, MONDAY) for _ in range(20)}) > 1


def test_an_endpoint_that_answers_now_and_then_is_not_given_up() -> None:
    assert not is_given_up(None, MONDAY)
    assert not is_given_up(MONDAY - timedelta(days=2), MONDAY)
    assert is_given_up(MONDAY - timedelta(days=3), MONDAY)
