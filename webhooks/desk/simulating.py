"""The simulator beside the editor: the real engine on paper, which each user plays for themselves."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import BoundedSemaphore
from zoneinfo import ZoneInfo

from flask import Response, abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.channels.base import ChannelKind
from bot.channels.error_codes import CODES
from bot.dialogue.rehearsal import Difference, read_transcript, rehearse
from bot.dialogue.scenes import ATTACHMENTS
from bot.dialogue.transcripts import Act, one_line, problem_of
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.insight.kept_simulations import Kept, add_act, begin_simulation, kept_simulation, take_back_act
from bot.insight.simulations import LATEST_DAYS, MOST_ACTS, Played, obstacles, play
from bot.modules import RUNNABLE
from bot.pipeline.drafting import Draft, draft_to_show
from bot.work import Work, reading, unit_of_work
from flows.durations import format_duration, parse_duration
from flows.findings import Finding
from flows.stubbing import stubbed
from flows.wording import LOCALES
from webhooks.desk import desk, runtime
from webhooks.desk.editor_sheet import LANGUAGE_NAMES, part_for
from webhooks.desk.editor_stages import StageFacts, edited_stage
from webhooks.desk.rendering import page
from webhooks.desk.simulating_scenes import FAILURES, TEXTS, scene_from_form, usual_scene

LONGEST = 4096
PLAYING = BoundedSemaphore(1)
"""One conversation at a time in a process: playing is work, and webhooks must find a thread meanwhile."""
PATIENCE_SECONDS = 3.0
TOLD = 3
"""Lines that differ from a transcript, told one by one; the rest is counted."""
JUMPS = (("PT1H", "1 hour"), ("PT24H", "24 hours"), ("P3D", "3 days"), ("P7D", "7 days"))


@desk.get("/stages/<public_id>/simulator")
def simulator(public_id: str) -> Response:
    """Show the conversation; where none is kept that can be played, it has just begun."""
    with reading(runtime()) as work:
        facts = edited_stage(work, public_id)
        draft = draft_to_show(work, facts.id)
        kept = _going_on(work, facts, draft)
    return _show(facts, draft, kept)


def _going_on(work: Work, facts: StageFacts, draft: Draft) -> Kept:
    kept = kept_simulation(work, g.user.id, facts.id)
    if kept and not _wrong(kept):
        return kept
    scene = kept.scene if kept else usual_scene(facts, work.now, work.settings.company)
    return Kept(draft.document, draft.revision, scene, ())


def _wrong(kept: Kept) -> tuple[Finding, ...]:
    return obstacles(stubbed(kept.definition, RUNNABLE)[0])


def _show(facts: StageFacts, draft: Draft, kept: Kept) -> Response:
    wrong = _wrong(kept)
    played = None if wrong else _play(kept)
    return page(
        "simulator/simulator.html",
        part="player",
        stage=facts,
        draft=draft,
        kept=kept,
        played=played,
        zone=ZoneInfo(kept.scene.zone),
        wrong=[(part_for(each.path), each) for each in wrong],
        is_old=kept.revision != draft.revision,
        next_due=_next_due(played) if played else None,
        jumps=JUMPS,
        failures=_failures(_kind(kept, played)),
        welcome_failures=_failures(kept.scene.kind),
        attachments=[(name, f"a {name}" if name[0] not in "aeiou" else f"an {name}") for name in ATTACHMENTS],
        texts=TEXTS,
        languages=[("", "that of the campaign"), *((code, LANGUAGE_NAMES.get(code, code)) for code in LOCALES)],
        longest=LONGEST,
    )


def _play(kept: Kept) -> Played:
    with _alone():
        return play(kept.definition, kept.scene, kept.acts)


def _kind(kept: Kept, played: Played | None) -> ChannelKind:
    """Return over what the conversation runs by now."""
    said = [each.kind for step in played.steps for each in step.said] if played else []
    return said[-1] if said else kept.scene.kind


def _failures(kind: ChannelKind) -> list[tuple[str, str]]:
    return [(code, f"{code}: {CODES[code].explanation}") for code in FAILURES[kind]]


@contextmanager
def _alone() -> Iterator[None]:
    if not PLAYING.acquire(timeout=PATIENCE_SECONDS):
        abort(503, "Others are playing too just now. Try again in a moment.")
    try:
        yield
    finally:
        PLAYING.release()


def _next_due(played: Played) -> tuple[str, str] | None:
    """Return how long it is until something happens by itself, and what."""
    stands = played.stands
    due = [(stands.remind_at, "the next reminder"), (stands.expires_at, "it expires")]
    known = [(at, what) for at, what in due if at is not None]
    if not known:
        return None
    at, what = min(known)
    seconds = max(1, round((at - played.now).total_seconds()) + 1)
    return format_duration(timedelta(seconds=seconds)), what


@desk.post("/stages/<public_id>/simulator")
def act_in_simulator(public_id: str) -> AnyResponse:
    """Let the candidate, the clock or the provider do something."""
    act = _act()
    try:
        with unit_of_work(runtime()) as work:
            facts = edited_stage(work, public_id)
            kept = kept_simulation(work, g.user.id, facts.id)
            if kept is None or _wrong(kept):
                scene = _going_on(work, facts, draft_to_show(work, facts.id)).scene
                begin_simulation(work, g.user.id, facts.id, scene)
            _mind_the_length(work, facts, act)
            add_act(work, g.user.id, facts.id, act, after=_number("after"))
    except Conflict as full:
        flash(f"{full}.")
    return _back(public_id)


def _act() -> Act:
    word = request.form.get("word", "")
    text = one_line(request.form.get("text", "")[:LONGEST]).strip()
    if not text or word not in ("candidate", "taps", "sends", "fails", "wait") or problem_of(word, text):
        abort(400, "This form is not complete. Go back, reload the page and try again.")
    return Act(word, text)


def _mind_the_length(work: Work, facts: StageFacts, act: Act) -> None:
    """Refuse to go on for years: each event is played again with every one that follows."""
    kept = kept_simulation(work, g.user.id, facts.id)
    waits = [parse_duration(each.text) for each in (*(kept.acts if kept else ()), act) if each.word == "wait"]
    if any(wait > timedelta(days=LATEST_DAYS) for wait in waits) or sum(waits, timedelta()) > timedelta(
        days=LATEST_DAYS
    ):
        raise Conflict("no campaign lasts that long: begin it again")


@desk.post("/stages/<public_id>/simulator/again")
def begin_again(public_id: str) -> AnyResponse:
    """Begin anew with the draft as it is now, and with the sample of the form where one is given."""
    with unit_of_work(runtime()) as work:
        facts = edited_stage(work, public_id)
        kept = kept_simulation(work, g.user.id, facts.id)
        usual = usual_scene(facts, work.now, work.settings.company)
        before = replace(kept.scene, now=usual.now) if kept else usual
        begin_simulation(work, g.user.id, facts.id, scene_from_form(before))
    return _back(public_id)


@desk.post("/stages/<public_id>/simulator/back")
def take_back(public_id: str) -> AnyResponse:
    """Take the last event back."""
    try:
        with unit_of_work(runtime()) as work:
            take_back_act(work, g.user.id, edited_stage(work, public_id).id)
    except NotFound as nothing:
        flash(f"{nothing}.")
    return _back(public_id)


@desk.get("/stages/<public_id>/simulator/transcript")
def save_transcript(public_id: str) -> Response:
    """Give what was played as a transcript for `callboard flow rehearse`."""
    with reading(runtime()) as work:
        facts = edited_stage(work, public_id)
        draft = draft_to_show(work, facts.id)
        kept = _going_on(work, facts, draft)
    if obstacles(stubbed(kept.definition, RUNNABLE)[0]):
        abort(404, "This campaign has errors: mend them, and play it first.")
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{facts.job_title}-{facts.name}").strip("-").lower()[:60] or "conversation"
    head = {"Content-Disposition": f'attachment; filename="{name}.txt"'}
    return Response(_play(kept).transcript(), mimetype="text/plain", headers=head)


@desk.post("/stages/<public_id>/simulator/open")
def open_transcript(public_id: str) -> AnyResponse:
    """Play a transcript with the draft as it is now, and tell where the bot says something else."""
    try:
        transcript = read_transcript(_transcript())
    except InvalidEvent as wrong:
        flash(f"The transcript cannot be played: {wrong}.")
        return _back(public_id)
    if len(transcript.acts) > MOST_ACTS:
        flash("The transcript is longer than what can be played here.")
        return _back(public_id)
    with unit_of_work(runtime()) as work:
        facts = edited_stage(work, public_id)
        kept = begin_simulation(work, g.user.id, facts.id, transcript.scene, transcript.acts)
    definition, _ = stubbed(kept.definition, RUNNABLE)
    if not obstacles(definition):
        with _alone():
            _tell(rehearse(definition, transcript))
    return _back(public_id)


def _tell(differences: Sequence[Difference]) -> None:
    """Say once where the bot says something else than the transcript."""
    if not differences:
        flash("The bot says what the transcript says, in every line.", "good")
        return
    for each in differences[:TOLD]:
        flash(f"Line {each.line}: the transcript has “{_short(each.expected)}”, and now it is “{_short(each.found)}”.")
    if len(differences) > TOLD:
        flash(f"{len(differences) - TOLD} more lines differ.")


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:119]}…"


def _transcript() -> str:
    file = request.files.get("file")
    if file is not None and file.filename:
        return str(file.read().decode("utf-8-sig", "replace")).replace("\0", "")
    return request.form.get("source", "")


def _number(name: str) -> int:
    given = request.form.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else -1


def _back(public_id: str) -> AnyResponse:
    return redirect(url_for("desk.simulator", public_id=public_id), 303)
