"""A page whole, or the part of it that htmx has asked for: a block of the same template."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Response, current_app, render_template, request, session, url_for

from webhooks.desk import desk
from webhooks.desk.signed_in import UNATTENDED

_MESSAGES = "messages.html"
_UNTOLD = "_flashes"
"""Where Flask keeps what `flash` was given until a template tells it."""
_STATIC = Path(__file__).resolve().parents[1] / "static"
_versions: dict[str, str] = {}


def wants_part() -> bool:
    """Say whether htmx asks, for a part of a page."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def page(template: str, *, part: str = "", status: int = 200, **values: Any) -> Response:
    """Answer with *template*; where htmx asks and *part* is given, with that block alone.

    A block stands for itself: what it needs comes from *values*, and macros are found under `ui`. What is to be told
    goes with every answer that somebody waits for, and is not left for a later page.
    """
    text = _block(template, part, values) if part and wants_part() else render_template(template, **values)
    if wants_part() and _UNTOLD in session and UNATTENDED not in request.headers:
        text += render_template(_MESSAGES)
    answer = Response(text, status, mimetype="text/html")
    answer.headers["Vary"] = "HX-Request"
    return answer


def _block(template: str, name: str, values: dict[str, Any]) -> str:
    found: Any = current_app.jinja_env.get_or_select_template(template)
    current_app.update_template_context(values)
    return "".join(found.blocks[name](found.new_context(values)))


def asset(name: str) -> str:
    """Return the address of a file of ours, which changes with what is in it, so that browsers may keep it for good."""
    if name not in _versions:
        _versions[name] = sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
    return url_for("static", filename=name, v=_versions[name])


def has_asset(name: str) -> bool:
    """Say whether that file is there: what comes from npm may be missing, and pages then work without script."""
    return (_STATIC / name).is_file()


@desk.after_app_request
def keep_assets(response: Response) -> Response:
    """Let browsers keep a file whose address names its content."""
    if request.endpoint == "static" and request.args.get("v") and response.status_code in (200, 206, 304):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
