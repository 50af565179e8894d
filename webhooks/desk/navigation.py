"""What stands in the bar of every page: where one can go, for whom."""

from dataclasses import dataclass

from flask import current_app, g, request, url_for
from flask.sansio.blueprints import BlueprintSetupState

from webhooks.desk import desk, runtime
from webhooks.desk.access import ACCESS, DESK
from webhooks.desk.rendering import asset, has_asset
from webhooks.desk.signed_in import csrf_token


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the bar, open to whom its page is."""

    text: str
    endpoint: str
    icon: str
    covers: tuple[str, ...] = ()
    """Other pages that belong to it: beginnings of their endpoints."""
    badge: str = ""
    """The endpoint of a number beside it."""
    hears: str = ""
    """The event upon which that number is asked for again."""


@dataclass(frozen=True, slots=True)
class Item:
    """A place as one page shows it."""

    text: str
    address: str
    icon: str
    current: bool
    badge: str
    hears: str


OF_SETTINGS = ("user", "invite_user", "channels", "snippet", "keep_snippet", "mail", "audit_log", "api_key",
               "add_api_key", "webhook", "new_webhook", "add_webhook", "edit_webhook", "change_webhook",
               "rotate_webhook")  # fmt: skip
OF_STAGES = ("simulator", "version", "look_at_", "import_draft")
OF_PEOPLE = ("application", "add_person", "save_person", "table", "upload_table", "describe_table", "duplicate")
PLACES = (
    Place("Today", "today", "today"),
    Place("Jobs", "jobs", "jobs", ("job", "stage", "bulk", "move", "plan", *OF_STAGES, *OF_PEOPLE)),
    Place("Inbox", "inbox", "inbox", ("conversation",), badge="inbox_count", hears="sse:inbox"),
    Place("Templates", "templates", "templates", ("template",)),
    Place("Sandbox phone", "sandbox", "phone"),
    Place("Settings", "settings", "settings", OF_SETTINGS),
)
OWN_PLACES: tuple[tuple[str, str], ...] = (("My account", "account"),)
"""Text and endpoint of what is found under one's name: what is theirs alone."""


def may_open(endpoint: str) -> bool:
    """Say whether who is logged in may open that page."""
    roles, user = ACCESS[endpoint], g.get("user")
    return roles is None or (user is not None and user.role in roles)


def menu() -> list[Item]:
    """Return the places that who is logged in may go to."""
    here = (request.endpoint or "").removeprefix(DESK)
    return [_item(place, here) for place in PLACES if _is_there(place)]


def _is_there(place: Place) -> bool:
    has_phone = not runtime().settings.twilio_connected
    return may_open(place.endpoint) and (place.endpoint != "sandbox" or has_phone)


def _item(place: Place, here: str) -> Item:
    is_current = here == place.endpoint or here.startswith(place.covers)
    badge = url_for(f"{DESK}{place.badge}") if place.badge else ""
    return Item(place.text, url_for(f"{DESK}{place.endpoint}"), place.icon, is_current, badge, place.hears)


def own_links() -> list[tuple[str, str]]:
    """Return what stands under the name of who is logged in."""
    return [(text, url_for(f"{DESK}{endpoint}")) for text, endpoint in OWN_PLACES if may_open(endpoint)]


@desk.record_once
def macros_write_tokens(state: BlueprintSetupState) -> None:
    """Macros see nothing of a page's own values; the token of its forms they find all the same."""
    state.app.jinja_env.globals["csrf_token"] = csrf_token


@desk.app_context_processor
def frame() -> dict[str, object]:
    """Give every template the bar, the addresses of files, and the macros."""
    macros = current_app.jinja_env.get_template("macros.html").module
    scripts = has_asset("vendor/htmx.min.js")
    return {
        "menu": menu,
        "own_links": own_links,
        "asset": asset,
        "has_scripts": scripts,
        "ui": macros,
        "may_open": may_open,
    }
