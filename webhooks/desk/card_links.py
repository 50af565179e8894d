"""Where the links of a board's cards lead and what one may do with them: asked once for a board, not for each card."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import current_app, url_for
from markupsafe import Markup

from bot.insight.board_filter import BoardFilter
from webhooks.desk.navigation import may_open

_ID = "ID"


@dataclass(frozen=True, slots=True)
class CardLinks:
    """Addresses are in two parts, between which stands the id of an application."""

    rights: tuple[bool, bool, bool, bool]
    """To choose several, to move, to undo, to release."""
    story: tuple[str, str]
    board: tuple[str, str]
    sheet: tuple[str, str]
    clock: Markup

    @property
    def chooses(self) -> bool:
        return self.rights[0]

    @property
    def moves(self) -> bool:
        return self.rights[1]

    @property
    def undoes(self) -> bool:
        return self.rights[2]

    @property
    def releases(self) -> bool:
        return self.rights[3]

    def to_story(self, application: str) -> str:
        """The application itself, with the filter in whose order one goes to the next."""
        return application.join(self.story)

    def on_board(self, application: str) -> str:
        """The board with that application open over it."""
        return application.join(self.board)

    def to_sheet(self, application: str) -> str:
        """The sheet before a move."""
        return application.join(self.sheet)


def card_links(job: str, wanted: BoardFilter) -> CardLinks:
    """Return the links of the board of a job (a public id) by a filter, for who is logged in."""
    macros: Any = current_app.jinja_env.get_template("macros.html").module
    query = wanted.to_query()
    return CardLinks(
        rights=(may_open("plan"), may_open("move"), may_open("undo"), may_open("release")),
        story=_halves(f"{url_for('desk.application', public_id=_ID)}?{urlencode({'in': query})}"),
        board=_halves(url_for("desk.job", public_id=job, application=_ID) + (f"&{query}" if query else "")),
        sheet=_halves(url_for("desk.move", public_id=job, application=_ID)),
        clock=macros.icon("clock", 14),
    )


def _halves(address: str) -> tuple[str, str]:
    before, _, after = address.partition(_ID)
    return before, after
