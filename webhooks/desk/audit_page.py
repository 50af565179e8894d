"""The audit log, for admins."""

from urllib.parse import urlencode

from flask import request, url_for
from werkzeug.wrappers import Response

from bot.insight.audit_log import AuditFilter, audit_page
from bot.intake.user_changes import list_users
from bot.work import reading
from webhooks.desk import desk, runtime
from webhooks.desk.rendering import page

KINDS = (
    ("", "Anything"),
    ("user.", "Users and log-ins"),
    ("log_in.", "Log-ins held back"),
    ("second_factor.", "Second factors"),
    ("mail.", "Mails"),
    ("api_key.", "Keys of the API"),
    ("webhook_endpoint.", "Webhooks"),
    ("job.", "Jobs and stages"),
    ("stage_campaign.", "Stage campaigns"),
    ("template.", "Templates"),
    ("import.", "Imports"),
    ("application.", "Applications"),
    ("candidate.", "Candidates"),
)
LONGEST = 64
LONGEST_KEY = 18
"""Digits: more is beyond what a database can compare with."""


@desk.get("/audit")
def audit_log() -> Response:
    """Show who did what, newest first."""
    given = {name: request.args.get(name, "").strip()[:LONGEST] for name in ("user", "action", "object")}
    before = key_in(request.args.get("before", ""))
    wanted = AuditFilter(given["user"], given["action"], given["object"], before)
    with reading(runtime()) as work:
        rows, older = audit_page(work, wanted)
        people = [(each.public_id, each.name or each.email) for each in list_users(work)]
    following = {name: value for name, value in given.items() if value}
    return page(
        "people/audit.html",
        part="entries",
        rows=rows,
        given=given,
        kinds=KINDS,
        people=people,
        is_first=not before,
        is_filtered=bool(following),
        newest=_address(following),
        older=_address({**following, "before": str(older)}) if older else "",
    )


def key_in(text: str) -> int:
    """Read the key of a row in an address; 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_KEY else 0


def _address(query: dict[str, str]) -> str:
    return f"{url_for('desk.audit_log')}?{urlencode(query)}".rstrip("?")
