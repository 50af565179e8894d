"""One place for what is set up: each sees what they may open, and finds the way back to it."""

import re

import pytest

from bot.models import Role
from bot.runtime import Runtime
from tests.webhooks.desk import Desk, on_sqlite

PLACE = re.compile(r'<a class="place" href="([^"]+)">.*?<strong>([^<]+)</strong>')
OF_ADMINS = ["Users", "Channels", "Snippets", "Mailbox", "API keys", "Webhooks", "Audit log"]


@on_sqlite
@pytest.mark.parametrize(
    ("role", "places"),
    [(Role.ADMIN, OF_ADMINS), (Role.RECRUITER, ["Channels", "Snippets"]), (Role.VIEWER, ["Channels"])],
)
def test_settings_lead_to_what_somebody_may_open_and_back(runtime: Runtime, role: Role, places: list[str]) -> None:
    desk = Desk(runtime, role)
    found = PLACE.findall(desk.page("/settings"))
    assert [text for _, text in found] == places
    for address, text in found:
        page = desk.page(address)
        assert f"<h1>{text}</h1>" in page
        assert '<a href="/settings" aria-current="page">' in page
        assert '<li><a href="/settings"><bdi>Settings</bdi></a></li>' in page


@on_sqlite
def test_who_has_nothing_to_set_up_is_not_led_there(runtime: Runtime) -> None:
    desk = Desk(runtime, Role.HIRING_MANAGER)
    assert 'href="/settings"' not in desk.page("/jobs")
    desk.page("/settings", status=403)
