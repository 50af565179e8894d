"""What a page says once after something was done: good news look like good news."""

import re

from bot.models import Job, Stage
from bot.runtime import Runtime
from tests.webhooks.desk import Desk, on_sqlite

JOB = {"title": "Barista", "language": "en", "time_zone": "Europe/Lisbon", "default_country": "PT", "channels": "sms",
       "stage_name": "Applied", "stage_type": "review"}  # fmt: skip
GOOD = re.compile(r'class="banner good" role="status">.*?</svg> ([^<]+)</p>')


@on_sqlite
def test_what_was_done_is_told_as_good_news_and_not_as_an_error(runtime: Runtime) -> None:
    desk = Desk(runtime)

    def told_after(path: str, **form: str) -> str:
        page = desk.page(desk.post(path, **form).location)
        assert 'role="alert"' not in page
        found = GOOD.search(page)
        assert found, path
        return found[1]

    assert told_after("/jobs/new", **JOB).startswith("The job is made.")
    job = desk.one(Job.public_id)
    assert told_after(f"/jobs/{job}/state", to="open") == "The job is open."
    assert told_after(f"/jobs/{job}/template", name="Cafés") == "The template is saved. New jobs can begin from it."
    assert told_after("/snippets", name="Thanks", text="Thank you!") == "The snippet /Thanks is kept."


@on_sqlite
def test_what_could_not_be_done_is_told_as_an_alert(runtime: Runtime) -> None:
    desk = Desk(runtime)
    desk.post("/jobs/new", **JOB)
    answer = desk.post(f"/jobs/{desk.one(Job.public_id)}/stages/{desk.one(Stage.public_id)}/remove")
    assert 'class="notice" role="alert"' in desk.page(answer.location)
