"""The editor of a stage's campaign, without a browser and without script: forms, and what comes of them."""

import html
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.intake.jobs import JobPlan, StagePlan, create_job
from bot.models import Role, Stage, StageCampaign
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from flows.flow import StageType
from tests.flows.editing.test_fields import draft
from tests.webhooks.desk import Desk, on_sqlite

PARTS = ["settings", "welcome", "reminders", "module-0", "module-1", "rules", "conclusion"]


@pytest.fixture
def stage(runtime: Runtime) -> str:
    with unit_of_work(runtime) as work:
        stages = [StagePlan("Screening", StageType.FORM, draft(), publish=False), StagePlan("Look", StageType.REVIEW)]
        create_job(work, JobPlan("Barista", stages))
        return work.connection.execute(select(Stage.public_id).where(Stage.name == "Screening")).scalar_one()


@pytest.fixture
def desk(runtime: Runtime, stage: str) -> Desk:
    return Desk(runtime)


def document(desk: Desk) -> dict[str, Any]:
    with reading(desk.runtime) as work:
        return work.connection.execute(select(StageCampaign.draft)).scalar_one()


def form_of(page: str, identity: str = 'id="part"') -> dict[str, list[str]]:
    """Return what a browser would send of a form that nobody has touched."""
    form = next(each for each in re.findall(r"<form.*?</form>", page, re.DOTALL) if identity in each)
    fields: dict[str, list[str]] = {}
    pattern = (
        r"<(input|textarea|select)\b([^>]*)>(?:(.*?)</\1>)?"
        if False
        else r"<input\b[^>]*>|<textarea\b[^>]*>.*?</textarea>|<select\b.*?</select>"
    )
    for found in re.findall(pattern, form, re.DOTALL):
        name = re.search(r'name="([^"]*)"', found)
        if (
            not name
            or ('type="checkbox"' in found and not re.search(r"\schecked[\s>]", found))
            or 'type="file"' in found
        ):
            continue
        fields.setdefault(html.unescape(name[1]), []).append(_value(found))
    return fields


def _value(found: str) -> str:
    if found.startswith("<textarea"):
        return html.unescape(re.sub(r"^<textarea[^>]*>\n?|</textarea>$", "", found, flags=re.DOTALL))
    if found.startswith("<select"):
        options = re.findall(r'<option value="([^"]*)"\s*(selected)?', found)
        chosen = [value for value, selected in options if selected] or [value for value, _ in options][:1]
        return html.unescape(chosen[0]) if chosen else ""
    value = re.search(r'value="([^"]*)"', found)
    return html.unescape(value[1]) if value else ""


def raw(desk: Desk, path: str) -> str:
    answer = desk.client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def send(
    desk: Desk, stage: str, part: str, action: str = "", headers: dict[str, str] | None = None, **changes: Any
) -> Any:
    """Open the form of a part, change fields, and send it."""
    return post(desk, stage, form_of(raw(desk, f"/stages/{stage}?part={part}")), action, headers, **changes)


def post(
    desk: Desk,
    stage: str,
    form: dict[str, Any],
    action: str = "",
    headers: dict[str, str] | None = None,
    **changes: Any,
) -> Any:
    data = {**form, **{name: value if isinstance(value, list) else [value] for name, value in changes.items()}}
    return desk.client.post(f"/stages/{stage}/draft", data={**data, "do": action}, headers=headers or {})


@on_sqlite
@pytest.mark.parametrize("part", PARTS)
def test_the_form_of_every_part_sent_as_it_is_changes_nothing(desk: Desk, stage: str, part: str) -> None:
    before = document(desk)
    before["conclusion"] = {"text": "Bye."} if part == "conclusion" else "Bye."
    assert send(desk, stage, part).status_code == 303
    assert document(desk) == before


def test_what_is_written_is_stored_and_shown(desk: Desk, stage: str) -> None:
    assert send(desk, stage, "welcome", **{"welcome.text": "Hello {{ candidate.first_name }} <b>"}).status_code == 303
    assert document(desk)["welcome"]["text"] == "Hello {{ candidate.first_name }} <b>"
    assert "Hello {{ candidate.first_name }} &lt;b&gt;" in raw(desk, f"/stages/{stage}?part=welcome")


@on_sqlite
def test_what_the_checks_say_stands_at_its_field(desk: Desk, stage: str) -> None:
    send(desk, stage, "module-1", **{"modules[1].questions[0].text": "", "modules[1].questions[2].max": "many"})
    page = raw(desk, f"/stages/{stage}?part=module-1")
    for path, words in (
        ("modules[1].questions[0].text", "this text is empty"),
        ("modules[1].questions[2].max", "must be a number"),
    ):
        place = re.search(rf'<ul[^>]*data-finding="{re.escape(path)}">(.*?)</ul>', page)
        assert place
        assert words in place[1]
        assert re.search(rf'id="{re.escape(path)}"[^>]*aria-invalid="true"', page)


@on_sqlite
@pytest.mark.parametrize(
    ("part", "action", "lands"),
    [
        ("module-1", "add modules[1].questions choice", "part=module-1&at=modules[1].questions[3].text"),
        ("module-1", "up modules[1].questions[1]", "at=modules[1].questions[0]"),
        ("module-0", "remove modules[0].blocks[0]", "part=module-0"),
        ("rules", "add rules", "part=rules"),
        ("reminders", "add reminders", "part=reminders"),
        ("conclusion", "remove conclusion", "part=conclusion"),
    ],
)
def test_a_button_does_what_it_says_and_leads_back(desk: Desk, stage: str, part: str, action: str, lands: str) -> None:
    before = document(desk)
    answer = send(desk, stage, part, action)
    assert answer.status_code == 303
    assert lands in answer.location.replace("%5B", "[").replace("%5D", "]")
    assert document(desk) != before
    assert desk.client.get(answer.location).status_code == 200


@on_sqlite
@pytest.mark.parametrize("kind", ["content", "questions", "video_interview", "collect"])
def test_a_module_of_each_kind_is_added_opened_and_stored_again(desk: Desk, stage: str, kind: str) -> None:
    outline = form_of(raw(desk, f"/stages/{stage}"), 'value="outline"')
    answer = post(desk, stage, outline, f"add modules {kind}")
    assert answer.location.endswith("part=module-3")
    before = document(desk)
    assert send(desk, stage, "module-3").status_code == 303
    assert document(desk) == before


@on_sqlite
@pytest.mark.parametrize("kind", ["text", "number", "date", "choice", "choices", "yes_no", "file"])
def test_a_question_of_each_type_is_shown_with_its_fields_and_kept(desk: Desk, stage: str, kind: str) -> None:
    send(desk, stage, "module-1", f"add modules[1].questions {kind}")
    before = document(desk)
    send(desk, stage, "module-1")
    assert document(desk) == before


@on_sqlite
def test_a_schedule_is_edited_with_all_its_fields(runtime: Runtime) -> None:
    with unit_of_work(runtime) as work:
        create_job(work, JobPlan("Barista", [StagePlan("Meet", StageType.SCHEDULE)]))
        stage = work.connection.execute(select(Stage.public_id)).scalar_one()
    desk = Desk(runtime)
    post(desk, stage, form_of(raw(desk, f"/stages/{stage}"), 'value="outline"'), "add modules schedule")
    send(desk, stage, "module-0", **{"modules[0].place": "link"})
    send(desk, stage, "module-0", **{"modules[0].place:where": "https://example.org/room", "modules[0].interviewers:people": "a@example.org",
                                     "modules[0].notice": "1", "modules[0].notice:unit": "days", "modules[0].capacity": "3"})  # fmt: skip
    assert document(desk)["modules"][0] == {
        "key": "schedule", "type": "schedule", "length": "PT30M", "place": {"link": "https://example.org/room"},
        "interviewers": {"any_of": ["a@example.org"]}, "notice": "P1D", "capacity": 3,
    }  # fmt: skip


def test_two_who_edit_different_parts_both_have_theirs(desk: Desk, stage: str) -> None:
    form = form_of(raw(desk, f"/stages/{stage}?part=welcome"))
    send(desk, stage, "module-0", **{"modules[0].blocks[0].text": "Theirs"})
    assert post(desk, stage, form, **{"welcome.text": "Mine"}).status_code == 303
    assert (document(desk)["welcome"]["text"], document(desk)["modules"][0]["blocks"][0]["text"]) == ("Mine", "Theirs")


def test_two_who_edit_the_same_part_see_both_and_nothing_is_lost(desk: Desk, stage: str) -> None:
    form = form_of(raw(desk, f"/stages/{stage}?part=welcome"))
    send(desk, stage, "welcome", **{"welcome.text": "Theirs <i>"})
    answer = post(desk, stage, form, **{"welcome.text": "Mine <i>"})
    assert answer.status_code == 409
    assert "Theirs &lt;i&gt;" in answer.text
    assert "Mine &lt;i&gt;" in answer.text
    assert document(desk)["welcome"]["text"] == "Theirs <i>"
    keep = form_of(answer.text, "draft/mine")
    assert desk.client.post(f"/stages/{stage}/draft/mine", data=keep).status_code == 303
    assert document(desk)["welcome"]["text"] == "Mine <i>"
    assert desk.client.post(f"/stages/{stage}/draft/mine", data=keep).status_code == 303  # the same again


@on_sqlite
def test_what_is_stored_while_one_writes_is_answered_without_the_form(desk: Desk, stage: str) -> None:
    headers = {"HX-Request": "true", "HX-Target": "told"}
    answer = send(desk, stage, "module-1", headers=headers, **{"modules[1].questions[0].text": "Do you own a car?"})
    assert answer.status_code == 200
    assert "<textarea" not in answer.text
    now = json.loads(html.unescape(re.search(r'data-base-now value="([^"]*)"', answer.text)[1]))  # type: ignore[index]
    assert now == document(desk)["modules"][1]
    assert 'data-key-now="modules[1].questions[0].key" value="do_you_own_a_car"' in answer.text
    assert 'id="outline"' in answer.text
    assert 'hx-swap-oob="morph"' in answer.text


@on_sqlite
def test_a_part_that_is_shown_anew_says_at_the_top_what_is_to_mend_now(desk: Desk, stage: str) -> None:
    answer = send(desk, stage, "module-1", "add modules[1].questions choice")
    shown = desk.client.get(answer.location, headers={"HX-Request": "true", "HX-Target": "workplace"}).text
    assert 'id="state" hx-swap-oob="morph"' in shown
    assert " to mend</strong>" in shown
    assert desk.client.get(answer.location).text.count('id="state"') == 1


@on_sqlite
def test_what_clashes_while_one_writes_takes_the_place_of_the_form(desk: Desk, stage: str) -> None:
    form = form_of(raw(desk, f"/stages/{stage}?part=welcome"))
    send(desk, stage, "welcome", **{"welcome.text": "Theirs"})
    headers = {"HX-Request": "true", "HX-Target": "told"}
    answer = post(desk, stage, form, headers=headers, **{"welcome.text": "Mine"})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (200, "#workplace")
    assert "Keep mine" in answer.text


@pytest.mark.parametrize("form", [{"part": "colour"}, {"part": "module-77"}, {}, {"part": "welcome", "base": "null"}])
def test_forms_that_make_no_sense_change_nothing(desk: Desk, stage: str, form: dict[str, str]) -> None:
    before = document(desk)
    csrf = form_of(raw(desk, f"/stages/{stage}"))["csrf"]
    answer = desk.client.post(f"/stages/{stage}/draft", data={"csrf": csrf, **form})
    assert answer.status_code in (303, 400, 409)
    assert document(desk) == before


@pytest.mark.parametrize("base", ["{", '"\\u0000"', '"\\ud800"', "[" * 100_000])
def test_a_base_that_is_no_json_is_refused(desk: Desk, stage: str, base: str) -> None:
    form = form_of(raw(desk, f"/stages/{stage}"))
    assert post(desk, stage, form, base=base).status_code == 400


def test_a_draft_of_nonsense_can_still_be_opened_in_every_part(desk: Desk, stage: str) -> None:
    odd = {"modules": [7, {"type": "opera", "questions": "none"}, {"key": [], "type": "questions", "questions": [None, {"options": {}}]}],
           "rules": [None, {"if": []}], "reminders": "soon", "welcome": {"template": "x"}, "conclusion": []}  # fmt: skip
    with unit_of_work(desk.runtime) as work:
        work.connection.execute(StageCampaign.__table__.update().values(draft=odd))
    for part in [*PARTS, "module-2", "module-9", "outline", "x"]:
        raw(desk, f"/stages/{stage}?part={part}")
    assert raw(desk, f"/stages/{stage}/simulator")
    assert raw(desk, f"/stages/{stage}/publish")


@on_sqlite
def test_a_review_stage_has_no_editor(desk: Desk) -> None:
    with reading(desk.runtime) as work:
        review = work.connection.execute(select(Stage.public_id).where(Stage.name == "Look")).scalar_one()
    assert "This stage sends nothing" in desk.page(f"/stages/{review}")
    desk.page(f"/stages/{review}/simulator", status=404)
    desk.page("/stages/none", status=404)


@on_sqlite
@pytest.mark.parametrize("role", [Role.VIEWER, Role.HIRING_MANAGER])
def test_who_may_only_look_sees_what_it_says_and_changes_nothing(runtime: Runtime, stage: str, role: Role) -> None:
    looker: FlaskClient = (desk := Desk(runtime, role)).client
    answer = looker.get(f"/stages/{stage}")
    if role is Role.HIRING_MANAGER:
        assert answer.status_code == 404  # not a job of theirs
        return
    assert "Do you drive?" in answer.text
    assert 'id="part"' not in answer.text
    assert desk.post(f"/stages/{stage}/draft", part="welcome").status_code == 403
    assert looker.get(f"/stages/{stage}/import").status_code == 403
