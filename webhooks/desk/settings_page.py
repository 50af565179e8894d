"""What is set up once and then rarely looked at, in one place."""

from dataclasses import dataclass

from flask import Response

from webhooks.desk import desk
from webhooks.desk.navigation import may_open
from webhooks.desk.rendering import page


@dataclass(frozen=True, slots=True)
class Tile:
    """One page of the settings, open to whom its page is."""

    text: str
    words: str
    endpoint: str
    icon: str


TILES = (
    Tile("Users", "Who logs in, and what each may do", "users", "people"),
    Tile("Channels", "Numbers and senders, and how each does", "channels", "channels"),
    Tile("Snippets", "Texts that you write often", "snippets", "note"),
    Tile("Mailbox", "Mails that Callboard has written", "mailbox", "mail"),
    Tile("API keys", "For programs that read and write here", "api_keys", "key"),
    Tile("Webhooks", "Addresses that are told what happens", "webhook_endpoints", "bell"),
    Tile("Audit log", "Who has changed what, and when", "audit_log", "log"),
)


@desk.get("/settings")
def settings() -> Response:
    """Show what may be set up by who is logged in."""
    return page("settings/all.html", tiles=[tile for tile in TILES if may_open(tile.endpoint)])
