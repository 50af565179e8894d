"""The draft with which the campaign of a new stage begins: default texts in the language of the job."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from flows.flow import StageType
from flows.wording import language_of
from flows.writing import VERSION


def default_draft(language: str, stage_type: StageType, stage_name: str) -> dict[str, Any]:
    """Return the document of a new stage's draft. Raises `ValueError` for a stage type without a campaign.

    A Reject stage begins as a blast, which is ready to publish; the others wait for their modules.
    """
    if not stage_type.has_campaign:
        raise ValueError(f"a {stage_type.value} stage has no campaign")
    spoken = language_of(language)
    texts = default_texts(spoken)
    draft: dict[str, Any] = {
        "callboard": VERSION,
        "name": stage_name,
        "language": language if language.lower().replace("_", "-").split("-")[0] == spoken else spoken,
    }
    if stage_type is StageType.REJECT:
        return draft | {"welcome": {"text": texts["blast"]}, "modules": []}
    prefix = "schedule_" if stage_type is StageType.SCHEDULE else ""
    return draft | {
        "welcome": {"text": texts[f"{prefix}welcome"]},
        "modules": [],
        "conclusion": {"text": texts[f"{prefix}conclusion"]},
    }


@cache
def default_texts(language: str) -> Mapping[str, str]:
    """Return the default texts of a shipped language by key."""
    text = files("flows").joinpath("texts", f"defaults.{language}.toml").read_text(encoding="utf-8")
    loaded: dict[str, str] = tomllib.loads(text)
    return loaded
