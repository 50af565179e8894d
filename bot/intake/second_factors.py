"""The second factor: codes of an app on the user's phone (RFC 6238), and recovery codes for the day it is lost."""

import hashlib
import hmac
import re
import secrets
from enum import StrEnum

import pyotp
from sqlalchemy import delete, func, insert, select, update

from bot.audit import Actor, record
from bot.errors import Conflict, InvalidEvent
from bot.intake.sign_ins import end_sign_ins
from bot.models import RecoveryCode, SecondFactor, User
from bot.secrets_at_rest import seal, unseal
from bot.work import Work

ISSUER = "Callboard"
PURPOSE = "second_factor"
STEP_SECONDS = 30
DRIFT = 1
"""Steps by which a phone's clock may be wrong, either way."""
RECOVERY_CODES = 10
LONGEST_CODE = 64

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that looks like another."""
_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)


class Proof(StrEnum):
    """By what a user has shown that they have their second factor."""

    APP = "app"
    RECOVERY_CODE = "recovery_code"


def begin_second_factor(work: Work, user: User) -> str:
    """Make a secret for the user's app and return it. It counts once a code of it has come.

    One that was begun before and never confirmed is replaced. Raises `Conflict` where one is in force.
    """
    if has_second_factor(work, user.id):
        raise Conflict("there is a second factor already: remove it first, or go on with it")
    seed = pyotp.random_base32()
    work.connection.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    sealed = seal(work.settings.secret_key, PURPOSE, seed)
    work.connection.execute(
        insert(SecondFactor).values(user_id=user.id, sealed_seed=sealed, created_at=work.now, last_counter=0)
    )
    return seed


def begun_seed(work: Work, user_id: int) -> str | None:
    """Return the secret of a second factor that is not confirmed yet."""
    begun = select(SecondFactor.sealed_seed).where(SecondFactor.confirmed_at.is_(None))
    sealed = work.connection.execute(begun.where(SecondFactor.user_id == user_id)).scalar_one_or_none()
    return unseal(work.settings.secret_key, PURPOSE, sealed) if sealed else None


def address_for_app(seed: str, email: str) -> str:
    """Return what the QR code holds."""
    return pyotp.TOTP(seed).provisioning_uri(name=email, issuer_name=ISSUER)


def confirm_second_factor(work: Work, user: User, code: str, *, by: Actor, but: int | None) -> list[str]:
    """Take the first code from the app: from now on it is asked for. Return the recovery codes, to be shown once.

    Other log-ins of the user end, *but* that one. Raises `InvalidEvent` (code) for a wrong one.
    """
    if begun_seed(work, user.id) is None:
        raise Conflict("there is no second factor to confirm: begin anew")
    if not _take_code(work, user.id, code):
        raise InvalidEvent("this is not the code that the app shows now: wait for the next one", field="code")
    work.connection.execute(update(SecondFactor).where(SecondFactor.user_id == user.id).values(confirmed_at=work.now))
    end_sign_ins(work, user.id, but=but)
    record(work, by, "second_factor.confirmed", "user", user.public_id)
    return _make_recovery_codes(work, user.id)


def has_second_factor(work: Work, user_id: int) -> bool:
    """Tell whether a code is asked for at this user's log-in."""
    found = select(SecondFactor.user_id).where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    return work.connection.execute(found).first() is not None


def check_code(work: Work, user_id: int, code: str) -> Proof | None:
    """Take a code of the app or a recovery code; each counts once. None for a wrong one."""
    if not has_second_factor(work, user_id):
        return None
    if _take_code(work, user_id, code):
        return Proof.APP
    return Proof.RECOVERY_CODE if _take_recovery_code(work, user_id, code) else None


def renew_recovery_codes(work: Work, user: User, *, by: Actor) -> list[str]:
    """Make new recovery codes, and let the old ones count no more. Raises `Conflict` without a second factor."""
    if not has_second_factor(work, user.id):
        raise Conflict("there is no second factor for which there could be recovery codes")
    record(work, by, "second_factor.codes_renewed", "user", user.public_id)
    return _make_recovery_codes(work, user.id)


def recovery_codes_left(work: Work, user_id: int) -> int:
    """Return how many recovery codes have not been used."""
    left = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return int(work.connection.execute(left).scalar_one())


def remove_second_factor(work: Work, user_id: int, public_id: str, *, by: Actor, but: int | None = None) -> None:
    """Ask this user for no code any more; they are logged out everywhere *but* there."""
    removed = work.connection.execute(
        delete(SecondFactor).where(SecondFactor.user_id == user_id).returning(SecondFactor.confirmed_at)
    ).all()
    work.connection.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    if any(row.confirmed_at for row in removed):
        end_sign_ins(work, user_id, but=but)
        record(work, by, "second_factor.removed", "user", public_id)


def _take_code(work: Work, user_id: int, code: str) -> bool:
    """Compare with the codes of this moment. The counter only rises: of two at once with one code, one is refused."""
    typed = re.sub(r"[\s-]", "", code[:LONGEST_CODE])
    factor = select(SecondFactor.sealed_seed, SecondFactor.last_counter).where(SecondFactor.user_id == user_id)
    found = work.connection.execute(factor).one_or_none()
    if found is None or not _DIGITS.fullmatch(typed):
        return False
    codes = pyotp.HOTP(unseal(work.settings.secret_key, PURPOSE, found.sealed_seed))
    now = int(work.now.timestamp()) // STEP_SECONDS
    for counter in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(codes.at(counter), typed):
            raised = update(SecondFactor).where(SecondFactor.user_id == user_id, SecondFactor.last_counter < counter)
            taken = work.connection.execute(raised.values(last_counter=counter).returning(SecondFactor.user_id))
            return taken.first() is not None
    return False


def _take_recovery_code(work: Work, user_id: int, code: str) -> bool:
    unused = update(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    this = unused.where(RecoveryCode.code_hash == _hashed(work, code[:LONGEST_CODE]))
    return work.connection.execute(this.values(used_at=work.now).returning(RecoveryCode.id)).first() is not None


def _make_recovery_codes(work: Work, user_id: int) -> list[str]:
    work.connection.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [f"{_letters()}-{_letters()}" for _ in range(RECOVERY_CODES)]
    rows = [{"user_id": user_id, "code_hash": _hashed(work, code)} for code in codes]
    work.connection.execute(insert(RecoveryCode), rows)
    return codes


def _letters() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(5))


def _hashed(work: Work, code: str) -> str:
    """Return what is kept of a recovery code, keyed: there are few enough to be tried by whoever has the database."""
    key = hmac.new(work.settings.secret_key.encode(), b"callboard recovery code", hashlib.sha256).digest()
    typed = re.sub(r"[\s-]", "", code.lower())
    return hmac.new(key, typed.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
