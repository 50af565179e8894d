"""What docs/campaigns.md shows is checked by the program, and it leaves nothing out."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from flows.modules import KINDS
from flows.question_types import TYPES
from flows.rules import OPERATORS
from flows.variables import FIXED
from tests.docs.reading import DOCS, ROOT, blocks
from webhooks.cli import callboard

PAGE = DOCS / "campaigns.md"
EXAMPLES = blocks(PAGE, "yaml")
BASE: dict[str, Any] = {
    "callboard": 1,
    "name": "Example",
    "language": "en",
    "welcome": {"text": "Hi {{ candidate.first_name }}, shall we start?"},
    "modules": [{"key": "hello", "type": "content", "blocks": [{"text": "Hello."}]}],
    "conclusion": {"text": "Thank you."},
}


def whole(example: str) -> dict[str, Any]:
    """Return the campaign of an example; where it shows a part only, within a plain one."""
    part: dict[str, Any] = yaml.safe_load(example)
    return part if "callboard" in part else BASE | part


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_has_no_errors(number: int, tmp_path: Path) -> None:
    file = tmp_path / "example.yaml"
    file.write_text(yaml.safe_dump(whole(EXAMPLES[number]), allow_unicode=True), encoding="utf-8")
    result = CliRunner().invoke(callboard, ["flow", "check", str(file)])
    assert (result.exit_code, [line for line in result.output.splitlines() if ": error: " in line]) == (0, [])


def test_every_module_type_operator_and_variable_is_explained() -> None:
    text = PAGE.read_text(encoding="utf-8")
    words = {*KINDS, *TYPES, *OPERATORS, *FIXED}
    assert sorted(word for word in words if f"`{word}`" not in text) == []


def test_every_key_that_the_form_knows_is_explained() -> None:
    text = PAGE.read_text(encoding="utf-8")
    example = yaml.safe_load((ROOT / "tests/flows/campaigns/example.yaml").read_text(encoding="utf-8"))
    assert sorted(key for key in keys_of(example) if not any(f"{mark}{key}" in text for mark in "`{ ")) == []


def keys_of(value: Any) -> set[str]:
    match value:
        case dict():
            return set(value) | {key for inner in value.values() for key in keys_of(inner)}
        case list():
            return {key for inner in value for key in keys_of(inner)}
    return set()
