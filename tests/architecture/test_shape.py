"""What a reader may rely on all over the code: sizes, the name of a campaign, tasks that are there, what `flows` needs."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.dialogue import bulk
from bot.intake import imports
from bot.models import Base
from bot.queue import TASK_RUNNER, find_task
from bot.work import DRAIN

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("flows", "bot", "campaigns", "webhooks", "benchmarks")
FILES = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py")) if "migrations" not in path.parts]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 300, 40
PURE_LIBRARIES = {"babel", "email_validator", "phonenumbers", "rapidfuzz", "yaml"}
# A field of a stage or of its part of the API, and a campaign as a file: docs/decisions/008.
OF_ITS_STAGE = {"campaign", "has_campaign", "show_campaign", "get_campaign", "put_campaign", "publish_campaign"}
OF_THE_API = {"CampaignShape", "_campaign", "_refuse_campaigns_for_nothing"}
AS_A_FILE = {"campaign_file", "sound_campaign"}
BARE = re.compile(r"(?:^|_)campaigns?(?:_|$)|^_?Campaign")
NAMED = re.compile(r"(?:stage|mail)_campaign|(?:Stage|Mail)Campaign")


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def test_every_file_and_every_function_keeps_its_size() -> None:
    too_long = [
        str(path) for path in [*FILES, *TESTS] if len(path.read_text(encoding="utf-8").splitlines()) >= LONGEST_FILE
    ]
    for path in FILES:
        functions = (node for node in nodes(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        too_long += [
            f"{path}:{each.lineno} {each.name}"
            for each in functions
            if (each.end_lineno or 0) - each.lineno + 1 > LONGEST_FUNCTION
        ]
    assert too_long == []


def test_campaign_never_stands_alone_in_a_name() -> None:
    alone = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        for name in names_given(path)
        if BARE.search(name) and not NAMED.search(name)
    }
    allowed = OF_ITS_STAGE | OF_THE_API | AS_A_FILE
    assert sorted(each for each in alone if each.rpartition(" ")[2] not in allowed) == []
    columns = {column.name for table in Base.metadata.tables.values() for column in table.columns}
    bare = [name for name in {*Base.metadata.tables, *columns} if BARE.search(name) and not NAMED.search(name)]
    assert bare == []


def names_given(path: Path) -> Iterator[str]:
    """Return the names of classes, functions, parameters and variables that a file makes."""
    for node in nodes(path):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name


@pytest.mark.parametrize("task", [DRAIN, TASK_RUNNER, bulk.TASK, imports.TASK])
def test_the_name_of_a_task_is_that_of_a_function(task: str) -> None:
    assert callable(find_task(task))


def test_flows_needs_the_standard_library_and_named_pure_ones_alone() -> None:
    needed = set()
    for path in (ROOT / "flows").rglob("*.py"):
        for node in nodes(path):
            match node:
                case ast.Import(names=imported):
                    needed |= {each.name.partition(".")[0] for each in imported}
                case ast.ImportFrom(module=str(module)):
                    needed.add(module.partition(".")[0])
    assert needed - set(sys.stdlib_module_names) - PURE_LIBRARIES == {"flows"}
