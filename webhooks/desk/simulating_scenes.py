"""The sample with which a simulated conversation begins: from the job, and from the form of the simulator."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import request

from bot.channels.base import ChannelKind
from bot.channels.error_codes import CODES
from bot.dialogue.scenes import Scene
from bot.dialogue.transcripts import one_line
from webhooks.desk.editor_stages import StageFacts

LONGEST = 120
TEXTS = (
    ("candidate", "Candidate’s name"),
    ("email", "Candidate’s e-mail"),
    ("city", "Candidate’s city"),
    ("job", "Job"),
    ("reference", "Reference of the job"),
    ("location", "Location of the job"),
    ("recruiter", "Recruiter"),
    ("company", "Company"),
)
"""What stands for the variables of texts."""
FAILURES = {
    ChannelKind.WHATSAPP: ("63024", "63016", "63049", "63013", "63014", "63018"),
    ChannelKind.SMS: ("30003", "30006", "30007", "21610", "30008"),
}
"""Codes that one would like to see the consequences of; others can be written in a transcript."""


def usual_scene(stage: StageFacts, now: datetime, company: str) -> Scene:
    """Return a sample candidate for the job of a stage, at the present minute."""
    kinds = [ChannelKind(kind) for kind in stage.job_channels] or [ChannelKind.WHATSAPP]
    return Scene(
        now=now.replace(second=0, microsecond=0),
        zone=_zone(stage.job_zone),
        kind=kinds[0],
        others=tuple(kinds[1:]),
        job=one_line(stage.job_title) or "Barista",
        recruiter=one_line(stage.job_recruiter),
        reference=one_line(stage.job_reference),
        location=one_line(stage.job_location),
        company=one_line(company),
    )


def scene_from_form(usual: Scene) -> Scene:
    """Return the sample as the simulator's form says; what it leaves out stays as usual."""
    given = request.form
    texts = {name: one_line(given.get(name, getattr(usual, name)))[:LONGEST].strip() for name, _ in TEXTS}
    kind = ChannelKind(given["channel"]) if given.get("channel") in list(ChannelKind) else usual.kind
    others = tuple(each for each in (usual.kind, *usual.others) if each != kind)
    fails = (given["fails"],) if given.get("fails") in CODES else ()
    texts["candidate"] = texts["candidate"] or usual.candidate
    texts["job"] = texts["job"] or usual.job
    language = given.get("language", usual.language)[:10].strip()
    return replace(usual, kind=kind, others=others, fails=fails, language=one_line(language), **texts)  # type: ignore[arg-type]  # all of them are texts


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        return "UTC"
