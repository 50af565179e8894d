"""The draft of a new stage: the default texts, with the template that WhatsApp has approved for them, if it has."""

from typing import Any

from bot.messaging.templates import APPROVED, find_template
from bot.work import Work
from flows.builtin_templates import Use, builtin
from flows.defaults import default_draft
from flows.flow import StageType

_USES = {StageType.REJECT: Use.REJECTION, StageType.SCHEDULE: Use.INVITATION}


def first_draft(work: Work, language: str, stage_type: StageType, stage_name: str) -> dict[str, Any]:
    """Return the document of a new stage's draft. Raises `ValueError` for a type of stage without a campaign."""
    draft = default_draft(language, stage_type, stage_name)
    template = builtin(_USES.get(stage_type, Use.WELCOME), draft["language"])
    known = find_template(work, template.text.name, draft["language"])
    if known is not None and known.status == APPROVED and set(known.variables) == set(template.values):
        draft["welcome"]["template"] = {"name": template.text.name, "variables": dict(template.values)}
    return draft
