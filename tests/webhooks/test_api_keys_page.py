"""API keys on their page: shown once, never used called out, replaced, revoked, for administrators alone."""

import re
from datetime import timedelta

import pytest

from bot.clock import MovableClock
from bot.intake.keys import create_key, list_keys
from bot.models import AuditEntry, Role
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from tests.webhooks.desk import Desk, on_sqlite
from webhooks.app import create_app

KEY = re.compile(r"cb_[\w-]{43}")
PAGE = "/settings/keys"


@pytest.fixture
def admin(runtime: Runtime) -> Desk:
    return Desk(runtime, Role.ADMIN)


def make(admin: Desk, *scopes: str, name: str = "ATS", lasts: str = "90") -> str:
    """Make a key on the page; return where that leads."""
    answer = admin.post(PAGE, name=name, scopes=list(scopes), lasts=lasts)
    assert answer.status_code == 303, answer.text
    return answer.location


def answers(runtime: Runtime, key: str) -> int:
    client = create_app(runtime).test_client()
    return client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_key_is_shown_once_and_works(admin: Desk) -> None:
    place = make(admin, "read")
    shown = KEY.findall(admin.page(place))
    assert len(set(shown)) == 1
    assert answers(admin.runtime, shown[0]) == 200
    for path in (place, PAGE, place):
        assert KEY.findall(admin.page(path)) == []
    assert shown[0][:9] in admin.page(PAGE)
    assert KEY.findall(str(admin.client.get_cookie("session"))) == []


def test_a_key_in_the_cookie_on_its_way_to_be_shown_is_encrypted(admin: Desk) -> None:
    answer = admin.post(PAGE, name="ATS", scopes=["read"], lasts="")
    with admin.client.session_transaction() as session:
        carried = str(dict(session))
    assert "shown_once" in carried
    assert not KEY.search(carried)
    assert not KEY.search(answer.text)
    assert not KEY.search(admin.page(f"{PAGE}/elsewhere", 404))


def test_the_list_tells_who_made_a_key_and_that_it_was_never_used(admin: Desk) -> None:
    make(admin, "read", "write", name="Reports <b>")
    page = admin.page(PAGE)
    assert "Reports &lt;b&gt;" in page
    assert "Never used" in page
    assert "by <bdi>admin@example.org</bdi>" in page
    assert "31 May 2026" in page, "in 90 days"
    assert "read, write" in page
    with reading(admin.runtime) as work:
        key = list_keys(work)[0]
    assert key.last_used_at is None
    assert admin.one(AuditEntry.action) == "api_key.created"


@on_sqlite
@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "", "scopes": ["read"], "lasts": ""}, "Say what it is for"),
        ({"name": "x" * 101, "scopes": ["read"], "lasts": ""}, "At most 100 characters"),
        ({"name": "ATS", "scopes": [], "lasts": ""}, "Choose what it may do"),
        ({"name": "ATS", "scopes": ["everything"], "lasts": ""}, "there is no scope"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_what_was_written_stays(admin: Desk, form, words: str) -> None:
    answer = admin.post(PAGE, **form)
    assert answer.status_code == 422
    assert words in answer.text
    assert form["name"][:100] in answer.text
    with reading(admin.runtime) as work:
        assert list_keys(work) == []


@on_sqlite
def test_a_form_that_is_not_ours_is_refused(admin: Desk) -> None:
    assert admin.post(PAGE, name="ATS", scopes=["read"], lasts="7000").status_code == 400
    place = make(admin, "read")
    assert admin.post(f"{place}/rotate", overlap="x").status_code == 400
    assert admin.post(f"{PAGE}/nothing/revoke").status_code == 404


def test_a_key_is_replaced_and_both_work_until_the_old_one_ends(admin: Desk) -> None:
    place = make(admin, "read")
    old = KEY.findall(admin.page(place))[0]
    answer = admin.post(f"{place}/rotate", overlap="1")
    assert answer.location != place
    new = KEY.findall(admin.page(answer.location))[0]
    assert (answers(admin.runtime, old), answers(admin.runtime, new)) == (200, 200)
    assert "Replaced" in admin.page(place)
    admin.post(f"{place}/rotate", overlap="1")
    assert "was replaced already" in admin.page(place)
    assert isinstance(admin.runtime.clock, MovableClock)
    admin.runtime.clock.move(timedelta(days=1))
    assert (answers(admin.runtime, old), answers(admin.runtime, new)) == (401, 200)


def test_a_key_is_revoked_at_once_and_once(admin: Desk) -> None:
    place = make(admin, "read")
    key = KEY.findall(admin.page(place))[0]
    for words in ("ATS is revoked", "revoked already"):
        assert admin.post(f"{place}/revoke").location == PAGE
        assert words in admin.page(PAGE)
    assert answers(admin.runtime, key) == 401
    page = admin.page(PAGE)
    assert "No key is in use" in page
    assert "Keys that have ended (1)" in page
    assert "Revoke it" not in admin.page(place)


@on_sqlite
@pytest.mark.parametrize("role", [Role.RECRUITER, Role.HIRING_MANAGER, Role.VIEWER])
def test_only_administrators_see_keys(runtime: Runtime, role: Role) -> None:
    desk = Desk(runtime, role)
    with unit_of_work(runtime) as work:
        create_key(work, "ATS", ())
        place = f"{PAGE}/{list_keys(work)[0].public_id}"
    assert desk.client.get(PAGE).status_code == 403
    assert desk.client.get(place).status_code == 403
    assert desk.post(PAGE, name="ATS", scopes=["admin"], lasts="").status_code == 403
    assert desk.post(f"{place}/revoke").status_code == 403
    assert PAGE not in desk.page("/jobs")
