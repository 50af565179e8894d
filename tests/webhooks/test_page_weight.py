"""What a browser has to load before a recruiter's page is all there."""

import gzip
import re
from pathlib import Path

import pytest
from sqlalchemy import select

import webhooks
from bot.models import Application, Candidate, Job, Stage
from bot.work import reading
from tests.journeys.holding import begun
from tests.stories import Story
from tests.webhooks.desk import Desk, on_sqlite

STATIC = Path(webhooks.__file__).parent / "static"
MOST = 60 * 1024
SCRIPT = re.compile(r'<script src="/static/([^"?]+)')


@on_sqlite
@pytest.mark.skipif(not (STATIC / "vendor/htmx.min.js").is_file(), reason="what comes from npm is not installed")
def test_a_page_loads_at_most_sixty_kilobytes_of_script(story: Story) -> None:
    begun(story)
    with reading(story.runtime) as work:
        job, candidate, application, stage = (
            work.connection.execute(select(model.public_id).order_by(model.id)).scalars().first()
            for model in (Job, Candidate, Application, Stage)
        )
    desk = Desk(story.runtime)
    pages = ("/", "/jobs", f"/jobs/{job}", f"/jobs/{job}?view=table", f"/jobs/{job}/settings", f"/inbox/{candidate}")
    loaded = {
        page: SCRIPT.findall(desk.page(page)) for page in (*pages, f"/applications/{application}", f"/stages/{stage}")
    }
    assert all("js/page.js" in scripts and "vendor/htmx.min.js" in scripts for scripts in loaded.values())
    assert "js/board.js" in loaded[f"/jobs/{job}"]
    weights = {
        page: sum(len(gzip.compress((STATIC / name).read_bytes())) for name in names) for page, names in loaded.items()
    }
    assert max(weights.values()) <= MOST, weights
