"""Adding candidates from a table: pasted or uploaded, and the tables that are under way."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from flask import Response, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from bot.errors import InvalidEvent
from bot.insight.imported import imports_of
from bot.intake import imports
from bot.intake.judging import MOST_LINE
from bot.intake.table_files import open_file
from bot.intake.table_texts import read_text
from bot.intake.tables import MOST_BYTES, MOST_ROWS, Table
from bot.models import Job
from bot.work import Work, reading
from webhooks.desk import desk, runtime
from webhooks.desk.rendering import page
from webhooks.desk.sight import job_in_sight
from webhooks.desk.signed_in import current_actor
from webhooks.desk.words import sentence

MOST_TABLES = 20
_BESIDES = 512 * 1024
"""What a form has besides the table."""


@desk.url_value_preprocessor
def take_tables(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let this one form be larger than any other; it is read before any view, for its token."""
    if endpoint == "desk.upload_table":
        request.max_content_length = MOST_BYTES + _BESIDES
        request.max_form_memory_size = MOST_BYTES + _BESIDES


@desk.get("/jobs/<public_id>/import")
def tables(public_id: str) -> Response:
    """Ask for a table, and list those of before."""
    with reading(runtime()) as work:
        return _ask(work, job_in_sight(work, g.user, public_id))


@desk.post("/jobs/<public_id>/import")
def upload_table(public_id: str) -> Response | AnyResponse:
    """Store a table as it is; what is in its columns is asked on its own page."""
    with reading(runtime()) as work:
        job_id = job_in_sight(work, g.user, public_id)
        country = work.connection.execute(select(Job.default_country).where(Job.id == job_id)).scalar_one()
    file = request.files.get("file")
    name = _name_of(file)
    try:
        with _opened(file if name else None) as table:
            ref = imports.store(runtime(), job_id, table, current_actor(), name=name, country=country)
    except InvalidEvent as error:
        with reading(runtime()) as work:
            return _ask(
                work, job_id, f"{name}: {error}." if name else sentence(error), fault_at="file" if name else "pasted"
            )
    return redirect(url_for("desk.table_page", public_id=public_id, ref=ref), 303)


def _opened(file: FileStorage | None) -> AbstractContextManager[Table]:
    if file is not None:
        return open_file(file.stream.read(MOST_BYTES + 1), request.form.get("sheet_name", "").strip())
    pasted = request.form.get("pasted", "")
    if not pasted.strip():
        raise InvalidEvent("paste a table or choose a file", field="pasted")
    return nullcontext(read_text(pasted.replace("\r\n", "\n")))


def _name_of(file: FileStorage | None) -> str:
    """Return the bare name of an uploaded file, whatever folders a browser puts before it; empty for none."""
    given = (file.filename or "") if file else ""
    name = PureWindowsPath(PurePosixPath(given).name).name
    return "".join(sign for sign in name if sign.isprintable())[-MOST_LINE:]


def _ask(work: Work, job_id: int, fault: str = "", fault_at: str = "pasted") -> Response:
    job = work.connection.execute(select(Job).where(Job.id == job_id)).one()
    return page(
        "adding/tables.html",
        status=422 if fault else 200,
        job=job,
        tables=imports_of(work, job_id, MOST_TABLES),
        faults={fault_at: fault} if fault else {},
        pasted=request.form.get("pasted", ""),
        most_rows=MOST_ROWS,
        most_megabytes=MOST_BYTES // 1024 // 1024,
    )
