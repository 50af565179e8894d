"""Log-ins: how long they last, what ends them, what is kept of them."""

import pytest

from bot.errors import NotFound
from bot.intake.sign_ins import (
    begin_sign_in,
    end_sign_in,
    end_sign_ins,
    find_sign_in,
    forget_old_sign_ins,
    is_worth_noting,
    list_sign_ins,
    note_use,
    still_standing,
)
from bot.intake.user_changes import disable_user, enable_user, set_password, set_role
from bot.models import Role, SignIn, User
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from tests.bot.intake.people import later, make_user, rows

ANN, BEN = "ann@example.org", "ben@example.org"


def begin(runtime: Runtime, user_id: int, **options: bool) -> str:
    with unit_of_work(runtime) as work:
        return begin_sign_in(work, user_id, "Firefox on Linux", **options)


def found(runtime: Runtime, token: str) -> tuple[SignIn, User] | None:
    with reading(runtime) as work:
        return find_sign_in(work, token)


def use(runtime: Runtime, token: str) -> None:
    sign_in = found(runtime, token)
    assert sign_in
    with unit_of_work(runtime) as work:
        note_use(work, sign_in[0].id)


def test_a_token_finds_its_user_and_only_its_hash_is_kept(runtime: Runtime) -> None:
    token = begin(runtime, make_user(runtime))
    sign_in = found(runtime, token)
    assert sign_in
    assert sign_in[1].email == ANN
    assert token not in str(rows(runtime, SignIn.id, SignIn.public_id, SignIn.token_hash, SignIn.device))
    assert found(runtime, token[:-1]) is None
    assert found(runtime, sign_in[0].token_hash) is None


def test_who_does_nothing_for_two_hours_is_logged_out(runtime: Runtime) -> None:
    token = begin(runtime, make_user(runtime))
    later(runtime, minutes=119)
    use(runtime, token)
    later(runtime, minutes=119)
    assert found(runtime, token)
    later(runtime, minutes=1)
    assert found(runtime, token) is None


def test_nobody_is_logged_in_for_more_than_twelve_hours(runtime: Runtime) -> None:
    token = begin(runtime, make_user(runtime))
    for _ in range(11):
        later(runtime, hours=1)
        use(runtime, token)
    sign_in = found(runtime, token)
    later(runtime, hours=1)
    assert sign_in
    assert found(runtime, token) is None
    with reading(runtime) as work:
        assert still_standing(work, [sign_in[0].id]) == frozenset()


def test_a_code_that_does_not_come_in_ten_minutes_comes_too_late(runtime: Runtime) -> None:
    token = begin(runtime, make_user(runtime), awaits_code=True)
    later(runtime, minutes=9)
    assert found(runtime, token)
    later(runtime, minutes=1)
    assert found(runtime, token) is None


def test_a_click_is_written_down_once_a_minute_at_most(runtime: Runtime) -> None:
    sign_in = found(runtime, begin(runtime, make_user(runtime)))
    assert sign_in
    assert not is_worth_noting(sign_in[0], runtime.clock.now())
    later(runtime, minutes=1)
    assert is_worth_noting(sign_in[0], runtime.clock.now())


def test_one_log_in_can_be_ended_or_all_others_but_nobody_elses(runtime: Runtime) -> None:
    ann, ben = make_user(runtime), make_user(runtime, BEN)
    mine, other, third, of_ben = (begin(runtime, user_id) for user_id in (ann, ann, ann, ben))
    half = begin(runtime, ann, awaits_code=True)
    this, that, his = (found(runtime, token) for token in (mine, other, of_ben))
    assert this
    assert that
    assert his
    with unit_of_work(runtime) as work:
        listed = list_sign_ins(work, ann, this[0].id)
        assert {row.public_id for row in listed if row.is_this} == {this[0].public_id}
        assert (len(listed), listed[0].device) == (3, "Firefox on Linux")
        end_sign_in(work, ann, that[0].public_id)
        with pytest.raises(NotFound):
            end_sign_in(work, ann, that[0].public_id)
        with pytest.raises(NotFound):
            end_sign_in(work, ann, his[0].public_id)
    assert [bool(found(runtime, token)) for token in (mine, other, third, of_ben)] == [True, False, True, True]
    with unit_of_work(runtime) as work:
        assert end_sign_ins(work, ann, but=this[0].id) == 2
    assert [bool(found(runtime, token)) for token in (mine, third, half, of_ben)] == [True, False, False, True]


@pytest.mark.parametrize("change", ["role", "password", "disable"])
def test_what_changes_a_user_logs_them_out_everywhere(runtime: Runtime, change: str) -> None:
    make_user(runtime, BEN)
    ann = make_user(runtime)
    token, unchanged = begin(runtime, ann), begin(runtime, ann)
    with unit_of_work(runtime) as work:
        set_role(work, ANN, Role.ADMIN)  # which they have
    assert found(runtime, unchanged)
    with unit_of_work(runtime) as work:
        if change == "role":
            set_role(work, ANN, Role.VIEWER)
        elif change == "password":
            set_password(work, ANN, "another long password")
        else:
            disable_user(work, ANN)
            enable_user(work, ANN)
    assert found(runtime, token) is None


def test_log_ins_that_ended_long_ago_are_dropped(runtime: Runtime) -> None:
    ann = make_user(runtime)
    begin(runtime, ann)
    later(runtime, days=1)
    with unit_of_work(runtime) as work:
        end_sign_ins(work, ann)
    later(runtime, days=29)
    fresh = begin(runtime, ann)
    for kept, days in ((2, 0), (1, 1), (1, 0)):
        later(runtime, days=days)
        with unit_of_work(runtime) as work:
            forget_old_sign_ins(work)
        assert len(rows(runtime, SignIn.id)) == kept
    assert fresh
