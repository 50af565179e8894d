"""Who may open what is decided for each page, or the program does not start."""

import pytest
from flask import Flask

from bot.models import Role
from bot.runtime import Runtime
from tests.webhooks.browsing import ONLY_SQLITE, browser_for, filled_in
from webhooks.app import create_app
from webhooks.desk import access
from webhooks.desk.access import ACCESS, ANYONE, DESK, AccessNotDecided, check_table


def test_a_page_without_an_entry_stops_the_program(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "ACCESS", {name: roles for name, roles in ACCESS.items() if name != "jobs"})
    with pytest.raises(AccessNotDecided, match="who may open jobs"):
        create_app(runtime)


def test_an_entry_without_a_page_stops_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "ACCESS", {"gone": ANYONE})
    with pytest.raises(AccessNotDecided, match="gone"):
        check_table(Flask(__name__))


@ONLY_SQLITE
@pytest.mark.parametrize("role", list(Role))
def test_each_page_is_open_to_the_roles_of_its_entry_and_to_no_other(runtime: Runtime, role: Role) -> None:
    browser = browser_for(runtime, role)
    token = browser.log_in() and browser.token()
    for rule in list(browser.client.application.url_map.iter_rules()):
        roles = ACCESS.get(rule.endpoint.removeprefix(DESK)) if rule.endpoint.startswith(DESK) else None
        if roles is None or rule.endpoint == "desk.log_out":
            continue
        path = filled_in(rule.rule)
        is_post = "POST" in (rule.methods or ())
        answer = browser.post(path, {"csrf": token}) if is_post else browser.get(path)
        assert (answer.status_code == 403) == (role not in roles), f"{role} at {path}: {answer.status_code}"
        assert answer.status_code < 500 or answer.status_code == 503, path
