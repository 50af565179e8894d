"""`callboard flow …`, as somebody types it: what is printed, and how it ends."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.clock import SystemClock
from webhooks.cli import callboard

ROOT = Path(__file__).parents[2]
DEMONSTRATION = ROOT / "bot/dialogue/demonstration.yaml"
WRONG = (
    "callboard: 1\nname: x\nlanguage: en\nwelcome: {text: Hi}\nmodules:\n  - {key: a, type: questions, questions: []}\n"
)


def flow(*words: object, typed: str | None = None) -> Result:
    result = CliRunner().invoke(callboard, ["flow", *map(str, words)], input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "my.yaml"


def test_a_sound_campaign_passes(file: Path) -> None:
    file.write_text(DEMONSTRATION.read_text(encoding="utf-8"), encoding="utf-8-sig")
    result = flow("check", file)
    assert (result.exit_code, "error" in result.output) == (0, False)


def test_a_finding_names_file_and_place(file: Path) -> None:
    file.write_text(WRONG, encoding="utf-8")
    result = flow("check", file)
    assert result.exit_code == 1
    assert f"{file}:modules[0].questions: error: nothing is asked here" in result.output
    assert "(line 6, column 31)\n" in result.output


def test_what_cannot_run_yet_is_told_before_publishing_refuses_it(file: Path) -> None:
    asked = "[{key: q, type: file, text: Which?}]"
    later = WRONG.replace("questions: []", f"questions: {asked}") + "conclusion: Bye.\n"
    file.write_text(
        later.replace("  - {key: a,", "  - {key: t, type: collect, documents: [{key: d, label: D}]}\n  - {key: a,")
    )
    result = flow("check", file)
    assert result.exit_code == 0
    end = "cannot be run by this version yet: publishing is refused until it can"
    assert f"{file}:modules[0].type: warning: Collected documents {end} (line 6" in result.output
    assert f'{file}:modules[1].questions[0].type: warning: questions of the type "file" {end}' in result.output
    assert flow("play", file).exit_code == 1


def test_all_mistakes_are_told_in_one_run_each_with_its_line(file: Path) -> None:
    file.write_text(WRONG.replace("callboard: 1", 'callboard: "1"').replace("name: x", "name: x\nname: y"), "utf-8")
    result = flow("check", file)
    assert [line.removeprefix(f"{file}:").split(": ")[0] for line in result.output.splitlines()] == [
        "callboard",
        "name",
        "modules[0].questions",
        "conclusion",
    ]
    assert "written twice, first in line 2: remove one of them (line 3, column 1)" in result.output


@pytest.mark.parametrize("command", ["check", "draw"])
def test_what_only_reads_a_file_does_not_wait_for_the_libraries_of_a_database(command: str) -> None:
    program = (
        "import sys; from webhooks.cli import callboard\ntry: callboard(sys.argv[1:])\nfinally: print(*sys.modules)"
    )
    words = [sys.executable, "-c", program, "flow", command, str(DEMONSTRATION)]
    run = subprocess.run(words, capture_output=True, text=True, check=True)
    loaded = run.stdout.splitlines()[-1].split()
    assert "flows.checks" in loaded
    assert {"sqlalchemy", "flask", "twilio"} & set(loaded) == set()


@pytest.mark.parametrize("command", ["check", "play", "draw"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "line 1, column 1: the file is empty"),
        (b"a: [1,\n b: 2", "line 1, column 4: not YAML"),
        (b"name: \xc4\xff", "byte 7 is not UTF-8: save the file as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_ends_with_two(
    file: Path, command: str, content: bytes, words: str
) -> None:
    file.write_bytes(content)
    result = flow(command, file)
    assert result.exit_code == 2
    assert f"{file}: error: {words}" in result.output


@pytest.mark.parametrize("command", ["play", "draw"])
def test_a_wrong_campaign_is_neither_played_nor_drawn(file: Path, command: str) -> None:
    file.write_text(WRONG, encoding="utf-8")
    result = flow(command, file)
    assert result.exit_code == 1
    assert "nothing is asked here" in result.stderr
    assert not result.stdout


def test_the_demonstration_is_played_with_time_passing() -> None:
    typed = "sure\nyep\n/status\n/wait P1D\n/wait soon\nback\nno\n"
    result = flow("play", DEMONSTRATION, typed=typed)
    assert result.exit_code == 0
    for words in ("( Morning )", "in_progress", "'soon' is no duration", "Of course, let us", "— completed —"):
        assert words in result.output


def lines_after(result: Result, begin: str) -> list[str]:
    """Return the lines of what is told from *begin* on, without the times of day."""
    told = result.output[result.output.index(begin) :].splitlines()
    return [re.sub(r"\w{3} \d{4}-\d\d-\d\d \d\d:\d\d", "THEN", line) for line in told]


def test_the_status_of_a_conversation_that_has_not_begun() -> None:
    told = lines_after(flow("play", DEMONSTRATION, "--zone", "Europe/Lisbon", typed="/status\n"), "status     ")
    assert told[:6] == [
        "status     delivered",
        "stands at  the welcome, which waits for a reply",
        "answers    none yet",
        "due        THEN (/wait P1D): reminder 1 of 1, unless they write before",
        "           THEN (/wait P7D): it expires",
        "now        THEN (Europe/Lisbon)",
    ]


def where_it_is_noon() -> str:
    """Return a zone in which reminders may go now, whenever this runs."""
    return f"Etc/GMT{SystemClock().now().hour - 12:+d}"


def test_the_status_tells_place_try_answers_and_what_is_due() -> None:
    typed = "sure\nyep\nfoo bar\n/wait P1D\n/status\n"
    zone = where_it_is_noon()
    told = lines_after(flow("play", DEMONSTRATION, "--zone", zone, typed=typed), "status     ")
    assert told[:6] == [
        "status     in_progress – the candidate replied",
        "stands at  question shift of module basics: Which shift suits you best?",
        "           try 2 of 3",
        "answers    weekends = true   (they wrote: yep)",
        "due        THEN (/wait P6D): it expires",
        f"now        THEN ({zone})",
    ]


def test_the_status_says_why_it_is_over_and_that_nothing_is_due() -> None:
    told = lines_after(flow("play", DEMONSTRATION, typed="sure\nyep\n/wait P8D\n/status\n"), "status     ")
    assert told[:3] == [
        "status     expired – It was not completed in time: send the stage again, or write to the candidate.",
        "answers    weekends = true   (they wrote: yep)",
        "due        nothing",
    ]


def test_the_status_names_a_person_who_was_called_and_what_was_skipped() -> None:
    typed = "sure\nyep\nfoo bar\nfoo bar\nfoo bar\n/status\n"
    assert "           a person has been called, so it is not asked again" in lines_after(
        flow("play", DEMONSTRATION, typed=typed), "status     "
    )
    typed = "sure\nyep\nnight\n2\n2 march 2090\nskip\n/status\n"
    assert "           email = skipped   (they wrote: skip)" in lines_after(
        flow("play", DEMONSTRATION, typed=typed), "status     "
    )


def test_the_commands_are_listed_and_an_unknown_one_is_not_said() -> None:
    result = flow("play", DEMONSTRATION, typed="/help\n/nope\n/status\n")
    for words in ("/status    where the conversation stands", "/wait P1D  let time pass", "/help      this list"):
        assert words in result.output
    assert "/nope is no command here: write /help" in result.output
    assert "status     delivered\n" in result.output


def test_on_sms_the_options_are_numbered_lines() -> None:
    result = flow("play", DEMONSTRATION, "--channel", "sms", typed="ok\n")
    assert "1. Yes\n2. No\n" in result.output
    assert "( Yes )" not in result.output


@pytest.mark.parametrize("zone", ["Mars", "../etc/passwd", ""])
def test_a_place_that_is_none_is_refused(zone: str) -> None:
    result = flow("play", DEMONSTRATION, "--zone", zone)
    assert result.exit_code == 2
    assert "is no time zone: write one such as Europe/Lisbon" in result.output


def test_transcripts_are_rehearsed_and_differences_named(tmp_path: Path) -> None:
    good = ROOT / "tests/transcripts/silence.txt"
    assert flow("rehearse", DEMONSTRATION, good).output == f"{good}: as written\n"
    other = tmp_path / "other.txt"
    other.write_text("bot  Hello\nends  completed\n", encoding="utf-8")
    result = flow("rehearse", DEMONSTRATION, good, other)
    assert result.exit_code == 1
    assert f"{other}:1: expected  bot  Hello\n{other}:1: found     Hi Ann" in result.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"bot  Hi\nsays  hello", "line 2: 'says' is none of bot, candidate, wait"),
        (b"wait  soon", "line 1: 'soon' is no duration"),
        (b"zone  Mars\nbot  Hi", "line 1: zone is a place, such as Europe/Lisbon"),
        (b"channel  pigeon\nbot  Hi", "line 1: channel is whatsapp or sms"),
        (b"bot  \xff", "byte 6 is not UTF-8"),
    ],
)
def test_a_transcript_that_cannot_be_read_ends_with_two(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "story.txt"
    path.write_bytes(content)
    result = flow("rehearse", DEMONSTRATION, path)
    assert result.exit_code == 2
    assert f"{path}: error: {words}" in result.output
