"""What a check says only because a part could not be read, and what it says in any case."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flows.findings import Finding
from flows.flow import Flow
from flows.modules.content import Content
from flows.modules.questions import Questions
from flows.parts import Parts
from flows.reading import keys_of

_PART = re.compile(r"modules\[\d+\](?:\.questions\[\d+\])?")
_LIST = re.compile(r"modules(?:\[\d+\]\.(?:questions|documents))?")
_RULE = re.compile(r"rules\[\d+\]")
_DECIDES_NOTHING = re.compile(
    r".*\.(?:text|help|tries|maps_to|unit|think|limit|retakes|voice|tag|score|propose_stage)"
    r"|modules\[\d+\]\.(?:blocks|documents|templates|place|interviewers)\b.*"
)
"""Fields from which nothing follows about the way that a conversation takes."""
_OF_A_BLAST = ("conclusion", "reminders", "expires_after")


@dataclass(frozen=True, slots=True)
class Doubts:
    """The *broken* parts, which could not be read, and what can be said of a campaign in spite of them."""

    flow: Flow
    broken: Parts

    @property
    def knows_all_keys(self) -> bool:
        """No key hides among what was not read: a name that no part bears is wrong."""
        hidden = (_LIST.fullmatch(path) or _PART.fullmatch(path) for path in self.broken.paths)
        return not any(hidden) and not self._unknown_modules() and all(key for _, key in keys_of(self.flow))

    def without(self, found: Iterable[Finding]) -> list[Finding]:
        """Return what was found beside what could not be read, not because of it."""
        missing, doubtful = self._missing(), Parts((*self.broken.paths, *self._guessed(), *self._conditions()))
        ways = self._decisive()
        lead_astray = ways.touch("modules") or ways.touch("rules")
        return [
            finding
            for finding in found
            if finding.path not in missing
            and not doubtful.hold(finding.path)
            and not (lead_astray and _PART.fullmatch(finding.path))
        ]

    def _missing(self) -> set[str]:
        """Return where something may seem to be missing that only was not read."""
        rules = {rule.group() for path in self.broken.paths if (rule := _RULE.match(path))}
        places = rules | {f"{rule}.else" for rule in rules}
        if "modules" in self.broken.paths:
            places |= {*_OF_A_BLAST}
        if self._unknown_modules():
            places |= {"conclusion", "modules"}
        return places

    def _unknown_modules(self) -> list[str]:
        """Return the modules of which the kind is not even guessed."""
        return [
            f"modules[{index}]"
            for index, module in enumerate(self.flow.modules)
            if isinstance(module, Content)
            and not module.blocks
            and {f"modules[{index}]", f"modules[{index}].type"} & self.broken.paths
        ]

    def _guessed(self) -> list[str]:
        """Return what depends on a type that is only guessed."""
        untyped = [path.removesuffix(".type") for path in self.broken.paths if path.endswith(".type")]
        return [*(f"{part}.maps_to" for part in untyped), *(f"{part}.blocks" for part in self._unknown_modules())]

    def _conditions(self) -> list[str]:
        """Return the conditions that were not wholly read, or are on answers to a question that was not."""
        decisive = self._decisive()
        doubtful = {
            question.key
            for m, module in enumerate(self.flow.modules)
            if isinstance(module, Questions)
            for q, question in enumerate(module.questions)
            if decisive.touch(f"modules[{m}].questions[{q}]")
        }
        paths = [(f"rules[{index}].if", rule.after in doubtful) for index, rule in enumerate(self.flow.rules)]
        return [path for path, doubted in paths if doubted or self.broken.touch(path)]

    def _decisive(self) -> Parts:
        """Return the broken parts on which the way of a conversation may depend."""
        return Parts(path for path in self.broken.paths if not _DECIDES_NOTHING.fullmatch(path))
