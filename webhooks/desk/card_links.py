"""Where the links of a board's cards lead and what one may do with them: asked once for a board, not for each card."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import current_app, g, url_for
from markupsafe import Markup

from bot.insight.board_filter import BoardFilter
from webhooks.desk.navigation import may_open
from webhooks.desk.sight import ALONE, sees_every_job

_ID = "ID"


@dataclass(frozen=True, slots=True)
class CardLinks:
    """Addresses are in two parts, between which stands the id of an application."""

    chooses: bool
    moves: bool
    releases: bool
    names_jobs: bool
    """Says for which other jobs a candidate has applied."""
    undoes_only_of: int | None
    """The user whose moves alone can be taken back here; 0 for nobody's, None for everybody's."""
    story: tuple[str, str]
    board: tuple[str, str]
    sheet: tuple[str, str]
    clock: Markup

    def undoes(self, asked_by: int | None) -> bool:
        """Say whether a move can be taken back that this user (a row's id) has asked for."""
        return self.undoes_only_of in (None, asked_by)

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
        chooses=may_open("plan"),
        moves=may_open("move"),
        releases=may_open("release"),
        names_jobs=sees_every_job(g.user),
        undoes_only_of=(g.user.id if g.user.role in ALONE else None) if may_open("undo") else 0,
        story=_halves(f"{url_for('desk.application', public_id=_ID)}?{urlencode({'in': query})}"),
        board=_halves(url_for("desk.job", public_id=job, application=_ID) + (f"&{query}" if query else "")),
        sheet=_halves(url_for("desk.move", public_id=job, application=_ID)),
        clock=macros.icon("clock", 14),
    )


def _halves(address: str) -> tuple[str, str]:
    before, _, after = address.partition(_ID)
    return before, after
