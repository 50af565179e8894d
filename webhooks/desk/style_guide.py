"""Every component of the pages on one page, for whoever builds the next."""

from datetime import UTC, datetime

from flask import Response

from webhooks.desk import desk
from webhooks.desk.rendering import page

STATUSES = ("sending", "queued", "delivered", "in_progress", "completed", "failed", "expired", "cancelled")
FAULTS = {"wrong": "Write the number with its country, such as +351 912 345 678."}


@desk.get("/style-guide")
def style_guide() -> Response:
    """Show them."""
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    return page("style_guide.html", statuses=STATUSES, faults=FAULTS, at=at)
