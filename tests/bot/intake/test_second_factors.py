"""The second factor: no code counts twice, none for long, and what is kept tells nobody the secret."""

import pyotp
import pytest
from sqlalchemy import select

from bot.audit import Actor
from bot.errors import Conflict, InvalidEvent
from bot.intake.second_factors import (
    Proof,
    address_for_app,
    begin_second_factor,
    begun_seed,
    check_code,
    confirm_second_factor,
    has_second_factor,
    recovery_codes_left,
    remove_second_factor,
    renew_recovery_codes,
)
from bot.intake.sign_ins import begin_sign_in, find_sign_in
from bot.intake.user_changes import find_user
from bot.models import AuditEntry, RecoveryCode, SecondFactor, User
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from tests.bot.intake.people import later, make_user, rows


class Phone:
    """A user with an app that shows codes."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.id = make_user(runtime)
        with unit_of_work(runtime) as work:
            self.user = work.session.execute(select(User)).scalar_one()
            self.seed = begin_second_factor(work, self.user)
        self.by = Actor(self.id)

    def code(self, steps: int = 0) -> str:
        return pyotp.HOTP(self.seed).at(int(self.runtime.clock.now().timestamp()) // 30 + steps)

    def confirm(self) -> list[str]:
        with unit_of_work(self.runtime) as work:
            return confirm_second_factor(work, self.user, self.code(), by=self.by, but=None)

    def check(self, code: str) -> Proof | None:
        with unit_of_work(self.runtime) as work:
            return check_code(work, self.id, code)

    def is_asked(self) -> bool:
        with reading(self.runtime) as work:
            return has_second_factor(work, self.id)


@pytest.fixture
def phone(runtime: Runtime) -> Phone:
    return Phone(runtime)


def test_it_counts_once_the_first_code_has_come(phone: Phone) -> None:
    assert not phone.is_asked()
    assert phone.check(phone.code()) is None
    with unit_of_work(phone.runtime) as work, pytest.raises(InvalidEvent):
        confirm_second_factor(work, phone.user, "000000", by=phone.by, but=None)
    assert not phone.is_asked()
    assert len(set(phone.confirm())) == 10
    assert phone.is_asked()
    with reading(phone.runtime) as work:
        assert begun_seed(work, phone.id) is None
        assert find_user(work, phone.user.public_id).has_second_factor
    with unit_of_work(phone.runtime) as work, pytest.raises(Conflict):
        begin_second_factor(work, phone.user)
    with unit_of_work(phone.runtime) as work, pytest.raises(Conflict):
        confirm_second_factor(work, phone.user, phone.code(1), by=phone.by, but=None)


def test_a_code_is_taken_once_and_none_before_it_any_more(phone: Phone) -> None:
    phone.confirm()
    assert phone.check(phone.code()) is None  # which has confirmed
    later(phone.runtime, seconds=90)
    assert phone.check(phone.code()) == Proof.APP
    assert phone.check(phone.code()) is None
    assert phone.check(phone.code(-1)) is None
    assert phone.check(phone.code(1)) == Proof.APP


@pytest.mark.parametrize(("steps", "proof"), [(-2, None), (-1, Proof.APP), (0, Proof.APP), (1, Proof.APP), (2, None)])
def test_a_phone_may_be_half_a_minute_off(phone: Phone, steps: int, proof: Proof | None) -> None:
    phone.confirm()
    later(phone.runtime, minutes=10)
    assert phone.check(phone.code(steps)) == proof


def test_a_code_is_read_as_apps_show_it_and_nothing_else_is_one(phone: Phone) -> None:
    phone.confirm()
    later(phone.runtime, minutes=10)
    code = phone.code()
    for wrong in ("", code[:5], f"{code}0", "１２３４５６", "abcdef", "x" * 10_000, "\udc80"):
        assert phone.check(wrong) is None
    assert phone.check(f" {code[:3]} {code[3:]} ") == Proof.APP


def test_a_recovery_code_stands_in_once(phone: Phone) -> None:
    codes = phone.confirm()
    assert phone.check(codes[0].upper().replace("-", " ")) == Proof.RECOVERY_CODE
    assert phone.check(codes[0]) is None
    with unit_of_work(phone.runtime) as work:
        assert recovery_codes_left(work, phone.id) == 9
        fresh = renew_recovery_codes(work, phone.user, by=phone.by)
    assert phone.check(codes[1]) is None
    assert phone.check(fresh[1]) == Proof.RECOVERY_CODE


def test_neither_the_secret_nor_a_recovery_code_can_be_read_from_the_database(phone: Phone) -> None:
    codes = phone.confirm()
    with reading(phone.runtime) as work:
        kept = str(work.connection.execute(select(SecondFactor)).all())
    kept += str(rows(phone.runtime, RecoveryCode.id, RecoveryCode.code_hash))
    assert phone.seed not in kept
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]


def test_removing_it_logs_out_and_is_noted(phone: Phone) -> None:
    codes = phone.confirm()
    with unit_of_work(phone.runtime) as work:
        token = begin_sign_in(work, phone.id, "")
        remove_second_factor(work, phone.id, phone.user.public_id, by=phone.by)
    with unit_of_work(phone.runtime) as work:
        assert find_sign_in(work, token) is None
        remove_second_factor(work, phone.id, phone.user.public_id, by=phone.by)  # nothing any more
    assert not phone.is_asked()
    assert phone.check(codes[0]) is None
    noted = [row.action for row in rows(phone.runtime, AuditEntry.id, AuditEntry.action)]
    assert noted == ["user.created", "second_factor.confirmed", "second_factor.removed"]


def test_confirming_ends_all_other_log_ins(phone: Phone) -> None:
    with unit_of_work(phone.runtime) as work:
        mine, other = (begin_sign_in(work, phone.id, "") for _ in range(2))
        this = find_sign_in(work, mine)
        assert this
        confirm_second_factor(work, phone.user, phone.code(), by=phone.by, but=this[0].id)
        assert find_sign_in(work, mine)
        assert find_sign_in(work, other) is None


def test_the_app_is_told_whose_code_it_is(phone: Phone) -> None:
    address = address_for_app(phone.seed, "ann@example.org")
    assert address.startswith("otpauth://totp/Callboard:ann%40example.org?secret=")
    assert "issuer=Callboard" in address
