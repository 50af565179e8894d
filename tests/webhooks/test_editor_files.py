"""Publishing, versions, import and export at the editor's pages."""

import html
import re
from typing import Any

import pytest

from bot.models import StageCampaignVersion
from bot.runtime import Runtime
from flows.parsing import parse_text
from flows.reading import dump_yaml
from tests.flows.editing.test_fields import draft
from tests.webhooks.desk import Desk, on_sqlite
from tests.webhooks.test_editor import document, form_of, post, raw, send, stage

__all__ = ["stage"]
SOUND: dict[str, Any] = {name: value for name, value in draft().items() if name != "colour"}
SOUND["modules"] = [
    {**module, "blocks": [{"text": "Hi"}]} if "blocks" in module else module for module in draft()["modules"]
]


@pytest.fixture
def desk(runtime: Runtime, stage: str) -> Desk:
    desk = Desk(runtime)
    take(desk, stage, dump_yaml(SOUND))
    return desk


def take(desk: Desk, stage: str, text: str) -> Any:
    look = imported(desk, stage, text)
    assert look.status_code == 200, look.text
    form = form_of(look.text, 'name="take"')
    return desk.client.post(f"/stages/{stage}/import", data={**form, "take": "yes"})


def imported(desk: Desk, stage: str, text: str) -> Any:
    form = form_of(raw(desk, f"/stages/{stage}/import"), 'type="file"')
    return desk.client.post(f"/stages/{stage}/import", data={**form, "source": text})


def publish(desk: Desk, stage: str) -> Any:
    form = form_of(raw(desk, f"/stages/{stage}/publish"), f'action="/stages/{stage}/publish"')
    return desk.client.post(f"/stages/{stage}/publish", data=form)


def test_a_draft_is_published_after_it_was_shown_what_changes(desk: Desk, stage: str) -> None:
    assert "This is the first version" in raw(desk, f"/stages/{stage}/publish")
    assert publish(desk, stage).status_code == 303
    send(desk, stage, "welcome", **{"welcome.text": "Hello! Shall we start?"})
    page = html.unescape(raw(desk, f"/stages/{stage}/publish"))
    assert "Welcome: “Hi. Shall we start?” became “Hello! Shall we start?”" in page
    publish(desk, stage)
    assert desk.one(StageCampaignVersion.number) == 2
    page = raw(desk, f"/stages/{stage}/versions")
    assert re.search(r"Version 2</a>\s*<span class=\"pill good\">in force", page)
    assert "recruiter@example.org" in page


def test_what_was_changed_since_it_was_shown_is_not_published(desk: Desk, stage: str) -> None:
    form = form_of(raw(desk, f"/stages/{stage}/publish"), f'action="/stages/{stage}/publish"')
    send(desk, stage, "welcome", **{"welcome.text": "Not seen?"})
    desk.client.post(f"/stages/{stage}/publish", data=form)
    assert "Not published: the draft has been changed meanwhile" in raw(desk, f"/stages/{stage}/publish")
    assert "Nothing is published yet" in raw(desk, f"/stages/{stage}/versions")


@on_sqlite
def test_a_draft_with_errors_is_shown_with_the_way_to_each(desk: Desk, stage: str) -> None:
    seen = form_of(raw(desk, f"/stages/{stage}/publish"), f'action="/stages/{stage}/publish"')
    send(desk, stage, "module-1", **{"modules[1].questions[0].text": ""})
    page = raw(desk, f"/stages/{stage}/publish")
    assert "part=module-1#modules%5B1%5D.questions%5B0%5D.text" in page
    assert "<button>Publish</button>" not in page
    answer = desk.client.post(f"/stages/{stage}/publish", data={**seen, "seen": "2"})
    assert answer.status_code == 422


@on_sqlite
def test_an_old_version_is_compared_and_taken_as_the_draft(desk: Desk, stage: str) -> None:
    publish(desk, stage)
    send(desk, stage, "conclusion", "", **{"conclusion.text": "See you <soon>."})
    page = raw(desk, f"/stages/{stage}/versions/1")
    assert "Conclusion: “Bye.” became “See you &lt;soon&gt;.”" in page
    form = form_of(page, "/versions/1/draft")
    assert desk.client.post(f"/stages/{stage}/versions/1/draft", data=form).status_code == 303
    assert document(desk)["conclusion"] == SOUND["conclusion"]
    desk.client.post(f"/stages/{stage}/versions/1/draft", data={**form, "seen": "1"})
    assert "Not done: the draft has been changed" in raw(desk, f"/stages/{stage}/versions/1")


@on_sqlite
@pytest.mark.parametrize(
    "path", ["versions/7", "versions/1?beside=7", "versions/99999999999999999999", "campaign.yaml?version=3"]
)
def test_a_version_that_is_not_there_is_not_found(desk: Desk, stage: str, path: str) -> None:
    publish(desk, stage)
    assert desk.client.get(f"/stages/{stage}/{path}").status_code == 404


def test_what_is_exported_is_imported_again_as_it_was(desk: Desk, stage: str) -> None:
    answer = desk.client.get(f"/stages/{stage}/campaign.yaml")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="barista-screening.yaml"'
    assert list(parse_text(answer.text))[:3] == ["callboard", "name", "language"]  # type: ignore[arg-type]
    page = imported(desk, stage, answer.text).text
    assert "What changes in the draft" in page
    assert "Nothing." in page


@on_sqlite
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "not YAML"),
        ("name: x\nname: y\n", "line 2, column 1"),
        ("- a\n- b\n", "a campaign must be fields"),
        ('{"name": "\\u0000"}', "a character that is no text"),
        ('{"name": "\\ud800"}', "a character that is no text"),
        ("", "the file is empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line_and_kept(
    desk: Desk, stage: str, text: str, told: str
) -> None:
    before = document(desk)
    answer = imported(desk, stage, text)
    assert answer.status_code == 422
    assert told in html.unescape(answer.text)
    assert html.escape(text) in answer.text.replace("&#34;", "&quot;")
    assert document(desk) == before


@on_sqlite
def test_a_file_with_mistakes_can_become_the_draft_which_has_them_then(desk: Desk, stage: str) -> None:
    text = dump_yaml({**SOUND, "rules": [{"after": "nobody", "go_to": "conclusion"}]})
    page = html.unescape(imported(desk, stage, text).text)
    line = text.splitlines().index(next(each for each in text.splitlines() if "nobody" in each)) + 1
    assert f'there is no question "nobody" (line {line}' in page
    assert take(desk, stage, text).status_code == 303
    assert document(desk)["rules"][0]["after"] == "nobody"


@on_sqlite
def test_a_file_takes_the_place_of_the_draft_that_was_shown_only(desk: Desk, stage: str) -> None:
    form = form_of(imported(desk, stage, dump_yaml({**SOUND, "name": "Imported"})).text, 'name="take"')
    post(desk, stage, form_of(raw(desk, f"/stages/{stage}?part=welcome")), **{"welcome.text": "Meanwhile?"})
    desk.client.post(f"/stages/{stage}/import", data={**form, "take": "yes"})
    assert document(desk)["name"] == "Screening"
    assert "Not imported" in raw(desk, f"/stages/{stage}/import")


@on_sqlite
def test_a_file_of_any_size_that_is_read_can_be_pasted(desk: Desk, stage: str) -> None:
    text = dump_yaml({**SOUND, "name": "é" * 300_000})
    assert imported(desk, stage, text).status_code == 200
    assert imported(desk, stage, "a" * 1_500_000).status_code == 422
