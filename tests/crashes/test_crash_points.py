"""R2: at every named point the process really exits; afterwards the sweeps alone see to it that nothing is lost or doubled."""

import re
from pathlib import Path

import pytest

from bot.failpoints import EXIT
from tests.conftest import Build, make_ready
from tests.crashes.provider import FileProvider
from tests.crashes.stories import CASES, STORIES
from tests.crashes.test_provider_faults import OVER_HTTP
from tests.crashes.world import WELCOME, World, run_apart
from tests.stories import ANN

pytestmark = [pytest.mark.storm, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture
def world(build_runtime: Build, tmp_path: Path) -> World:
    clock = build_runtime().clock
    provider = FileProvider(tmp_path / "provider.jsonl", clock)
    runtime = build_runtime(provider, CALLBOARD_SMS_RATE="1000")
    make_ready(runtime)
    return World(runtime, provider)


@pytest.mark.parametrize(("name", "point"), CASES)
def test_a_process_that_dies_loses_and_doubles_nothing(world: World, name: str, point: str) -> None:
    story = STORIES[name]
    story.prepare(world)
    assert world.provider.texts(ANN).count(WELCOME) <= 1
    where, _, at = point.partition("#")
    assert run_apart(world, story.act, where, int(at or 1)) == EXIT
    if story.repeated:
        story.act(world)
    world.recover()
    story.check(world)
    assert world.left_over() == 0


def test_every_point_in_the_code_is_in_the_table() -> None:
    root = Path(__file__).parents[2]
    texts = [path.read_text(encoding="utf-8") for top in ("bot", "webhooks") for path in (root / top).rglob("*.py")]
    named = {name for text in texts for name in re.findall(r'crash_point\("(\w+)"\)', text)}
    assert named == {point.partition("#")[0] for _, point in CASES} | {point.partition("#")[0] for point in OVER_HTTP}
