"""The page of snippets: texts that are written often, private or shared."""

from flask import Response, abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.dialogue.snippets import KnownSnippet, add_snippet, change_snippet, delete_snippet, snippets_for
from bot.errors import BotError, Conflict, InvalidEvent, NotAllowed, NotFound
from bot.models import Role
from bot.work import reading, unit_of_work
from flows.variables import FIXED
from webhooks.desk import desk, runtime
from webhooks.desk.rendering import page

NEW = {"name": "", "text": "", "is_shared": False}


@desk.get("/snippets")
def snippets() -> Response:
    """List the snippets that the user may use, with a form for a new one; `?edit=` opens one of them."""
    return _page(request.args.get("edit", "")[:64])


@desk.post("/snippets")
def keep_snippet() -> Response | AnyResponse:
    """Keep a new snippet, or change the one of `id`."""
    public_id, name, text = (request.form.get(each, "")[:20_000] for each in ("id", "name", "text"))
    is_shared = request.form.get("shared") == "yes"
    try:
        with unit_of_work(runtime()) as work:
            if public_id:
                change_snippet(work, g.user.id, public_id, name, text, is_shared=is_shared, is_admin=_is_admin())
            else:
                add_snippet(work, g.user.id, name, text, is_shared=is_shared)
    except NotFound:
        abort(404)
    except (InvalidEvent, Conflict, NotAllowed) as error:
        return _page(public_id, {"name": name, "text": text, "is_shared": is_shared}, _fault(error))
    flash(f"The snippet /{' '.join(name.split()).removeprefix('/')} is kept.", "good")
    return redirect(url_for("desk.snippets"), 303)


@desk.post("/snippets/<public_id>/delete")
def drop_snippet(public_id: str) -> AnyResponse:
    """Delete a snippet."""
    try:
        with unit_of_work(runtime()) as work:
            delete_snippet(work, g.user.id, public_id, is_admin=_is_admin())
    except NotFound:
        abort(404)
    except NotAllowed as error:
        flash(str(error))
    return redirect(url_for("desk.snippets"), 303)


def _is_admin() -> bool:
    return bool(g.user.role == Role.ADMIN)


def _fault(error: BotError) -> dict[str, str]:
    return {(error.field if isinstance(error, InvalidEvent) else "") or "name": str(error)}


def _page(edited: str, typed: dict[str, object] | None = None, faults: dict[str, str] | None = None) -> Response:
    with reading(runtime()) as work:
        known = snippets_for(work, g.user.id)
    found = next((each for each in known if each.id == edited and _may_change(each)), None)
    if edited and found is None:
        abort(404)
    kept = {"name": found.name, "text": found.text, "is_shared": found.is_shared} if found else NEW
    return page(
        "snippets/page.html",
        status=422 if faults else 200,
        known=[(each, _may_change(each)) for each in known],
        edited=found,
        typed=typed or kept,
        faults=faults or {},
        variables=FIXED,
    )


def _may_change(each: KnownSnippet) -> bool:
    return each.is_own or (each.is_shared and _is_admin())
