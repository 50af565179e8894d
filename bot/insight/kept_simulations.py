"""The conversation that each user plays with each campaign: its scene and its events, to be played anew."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from bot.channels.base import ChannelKind
from bot.dialogue.scenes import Scene
from bot.dialogue.transcripts import Act
from bot.errors import Conflict, NotFound
from bot.insight.simulations import MOST_ACTS
from bot.models import Simulation
from bot.pipeline.drafting import draft_to_show
from bot.work import Work

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """A simulation as it is kept: the draft as it was at its beginning, and what has happened since."""

    definition: Json
    revision: int
    scene: Scene
    acts: tuple[Act, ...]


def kept_simulation(work: Work, user_id: int, stage_id: int) -> Kept | None:
    """Return what a user plays with the campaign of a stage, None where they play nothing."""
    row = work.connection.execute(select(Simulation).where(*_of(user_id, stage_id))).one_or_none()
    if row is None:
        return None
    return Kept(row.definition, row.revision, _scene(row.scene), tuple(Act(*act) for act in row.events))


def begin_simulation(work: Work, user_id: int, stage_id: int, scene: Scene, acts: Sequence[Act] = ()) -> Kept:
    """Begin with the draft as it is now, or with the *acts* of a transcript; what was played before is dropped."""
    draft = draft_to_show(work, stage_id)
    work.connection.execute(delete(Simulation).where(*_of(user_id, stage_id)))
    kept = Kept(draft.document, draft.revision, scene, tuple(acts)[:MOST_ACTS])
    values = {
        "user_id": user_id, "stage_id": stage_id, "definition": kept.definition, "revision": kept.revision,
        "scene": _stored(scene), "events": _events(kept.acts), "updated_at": work.now,
    }  # fmt: skip
    work.connection.execute(insert(Simulation).values(values))
    return kept


def add_act(work: Work, user_id: int, stage_id: int, act: Act, *, after: int) -> None:
    """Let one thing more happen, behind the first *after*: a form that was sent twice happens once.

    Raises `NotFound` where nothing is played, and `Conflict` where it is full.
    """
    events = _locked(work, user_id, stage_id)
    if len(events) != after:
        return
    if after >= MOST_ACTS:
        raise Conflict("this conversation is very long: begin it again")
    _keep(work, user_id, stage_id, [*events, *_events([act])])


def take_back_act(work: Work, user_id: int, stage_id: int) -> None:
    """Let the last thing not have happened. Raises `NotFound` where nothing is played."""
    _keep(work, user_id, stage_id, _locked(work, user_id, stage_id)[:-1])


def _locked(work: Work, user_id: int, stage_id: int) -> list[Any]:
    found = select(Simulation.events).where(*_of(user_id, stage_id)).with_for_update()
    events: list[Any] | None = work.connection.execute(found).scalar_one_or_none()
    if events is None:
        raise NotFound("nothing is being played: begin again")
    return events


def _keep(work: Work, user_id: int, stage_id: int, events: list[Any]) -> None:
    changed = update(Simulation).where(*_of(user_id, stage_id))
    work.connection.execute(changed.values(events=events, updated_at=work.now))


def _of(user_id: int, stage_id: int) -> tuple[Any, ...]:
    return Simulation.user_id == user_id, Simulation.stage_id == stage_id


def _events(acts: Sequence[Act]) -> list[list[str]]:
    return [[act.word, act.text] for act in acts]


def _stored(scene: Scene) -> Json:
    return {**asdict(scene), "now": scene.now.isoformat()}


def _scene(stored: Json) -> Scene:
    scene = Scene(now=datetime.fromisoformat(stored["now"]))
    others = tuple(ChannelKind(kind) for kind in stored["others"])
    known = {name: value for name, value in stored.items() if name not in ("now", "kind", "others", "fails")}
    fails = tuple(stored["fails"])
    return replace(scene, kind=ChannelKind(stored["kind"]), others=others, fails=fails, **known)
