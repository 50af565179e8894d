"""`callboard flow publish | export | stages`: files go into the installation whole or not at all, and come out again."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from bot.intake.jobs import JobPlan, StagePlan, create_job
from bot.models import Job, Stage, StageCampaignVersion
from bot.pipeline.publishing import in_force, stage_campaign_of
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from flows.flow import StageType
from flows.parsing import parse_text
from tests.conftest import Build, make_ready
from webhooks import flow_publishing
from webhooks.cli import callboard

SOUND = """callboard: 1
name: Screening  # what recruiters call it
language: en
welcome: {text: "Hi, shall we start?"}
modules:
  - key: basics
    type: questions
    questions:
      - {key: licence, type: yes_no, text: "Do you drive?"}
conclusion: {text: Bye.}
"""
NO_TEMPLATE = "welcome.template: warning: WhatsApp opens a conversation only with an approved template: choose one"


@pytest.fixture
def runtime(build_runtime: Build, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """A runtime on the database that the command finds in its environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url.replace("postgresql+psycopg", "postgresql"))
    monkeypatch.setenv("CALLBOARD_DATA_DIR", str(tmp_path))
    made = build_runtime()
    make_ready(made)
    return made


@pytest.fixture
def job(runtime: Runtime) -> str:
    stages = [StagePlan("New", StageType.REVIEW), StagePlan("Form", StageType.FORM), StagePlan("No", StageType.REJECT)]
    with unit_of_work(runtime) as work:
        job_id = create_job(work, JobPlan("Barista", stages))
        return str(work.connection.execute(select(Job.public_id).where(Job.id == job_id)).scalar_one())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my.yaml"
    path.write_text(SOUND, encoding="utf-8")
    return path


def flow(*words: object) -> Result:
    return CliRunner().invoke(callboard, ["flow", *map(str, words)])


def stage_of(runtime: Runtime, name: str) -> tuple[int, str]:
    with reading(runtime) as work:
        row = work.connection.execute(select(Stage.id, Stage.public_id).where(Stage.name == name)).one()
        return row.id, row.public_id


def versions(runtime: Runtime) -> int:
    with reading(runtime) as work:
        return int(work.connection.execute(select(func.count()).select_from(StageCampaignVersion)).scalar_one())


def test_a_file_becomes_the_draft_and_the_version_in_force(runtime: Runtime, job: str, file: Path) -> None:
    key, stage = stage_of(runtime, "Form")
    result = flow("publish", file, "--stage", stage)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.output == f"{file}:{NO_TEMPLATE} (line 4, column 1)\nVersion 1 is in force.\n"
    with reading(runtime) as work:
        state = stage_campaign_of(work, key)
        assert state is not None
        assert (state.draft, state.version) == (parse_text(SOUND), 1)
        assert in_force(work, key) == parse_text(SOUND)
    assert "Version 2 is in force." in flow("publish", file, "--job", job, "--stage", "Form").output


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("Do you drive?", ""), ":modules[0].questions[0].text: error: this text is empty: write one (line 9, column"),
        (("conclusion: {text: Bye.}", ""), ":conclusion: error: the closing message is missing: write one\n"),
        (("name: Screening", "name: x\nname: y"), ":name: error: the field"),
        (("Do you drive?", "\\0"), ":modules[0].questions[0].text: error: the character U+0000 cannot be sent"),
        (("yes_no", "file"), ':modules[0].questions[0].type: error: questions of the type "file" cannot be run'),
        (("callboard: 1", "callboard: 2"), ":callboard: error: version 2 is newer"),
    ],
    ids=["text", "missing", "twice", "nul", "cannot run", "newer"],
)
def test_with_an_error_nothing_is_changed(
    runtime: Runtime, job: str, file: Path, change: tuple[str, str], told: str
) -> None:
    key, stage = stage_of(runtime, "Form")
    with reading(runtime) as work:
        before = stage_campaign_of(work, key)
    file.write_text(SOUND.replace(*change), encoding="utf-8")
    result = flow("publish", file, "--stage", stage)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{file}{told}" in result.stderr
    with reading(runtime) as work:
        assert stage_campaign_of(work, key) == before
    assert versions(runtime) == 0


def test_what_only_the_stage_forbids_is_told(runtime: Runtime, job: str, file: Path) -> None:
    blast = SOUND[: SOUND.index("modules:")]
    file.write_text(blast, encoding="utf-8")
    assert flow("publish", file, "--job", job, "--stage", "No").exit_code == 0
    result = flow("publish", file, "--job", job, "--stage", "Form")
    assert (result.exit_code, versions(runtime)) == (1, 1)
    assert "modules: error: nothing is asked or said: add a module" in result.stderr
    result = flow("publish", file, "--job", job, "--stage", "New")
    assert (result.exit_code, versions(runtime)) == (1, 1)
    assert "a Review stage only holds applications" in result.stderr


def test_a_file_that_cannot_be_read_ends_with_two(runtime: Runtime, job: str, file: Path) -> None:
    file.write_text("a: b: c", encoding="utf-8")
    result = flow("publish", file, "--job", job, "--stage", "Form")
    assert (result.exit_code, versions(runtime)) == (2, 0)
    assert f"{file}: error: line 1, column 5: not YAML: a colon" in result.stderr


@pytest.mark.parametrize("command", [["publish", "my.yaml"], ["export"]])
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--stage", "none"], "there is no stage none: `callboard flow stages` lists the ids"),
        (["--job", "none", "--stage", "Form"], "there is no job none: `callboard flow stages` lists the ids"),
        (["--job", "JOB", "--stage", "Forms"], "this job has no stage Forms: its stages are New, Form, No"),
    ],
)
def test_a_stage_that_is_not_there_is_told(
    runtime: Runtime, job: str, file: Path, command: list[str], words: list[str], told: str
) -> None:
    result = flow(*command, *(job if word == "JOB" else word for word in words))
    assert result.exit_code == 1
    assert told in str(result.exception)
    assert versions(runtime) == 0


def test_a_campaign_comes_out_as_the_file_that_it_was(runtime: Runtime, job: str, file: Path, tmp_path: Path) -> None:
    where = ("--job", job, "--stage", "Form")
    flow("publish", file, *where)
    result = flow("export", *where)
    assert parse_text(result.output) == parse_text(SOUND)
    again = tmp_path / "again.yaml"
    again.write_text(result.output, encoding="utf-8")
    assert "Version 2 is in force." in flow("publish", again, *where).output


def test_the_draft_comes_out_where_it_is_asked_for(runtime: Runtime, job: str) -> None:
    where = ("--job", job, "--stage", "Form")
    result = flow("export", *where)
    assert result.exit_code == 1
    assert "nothing is published in this stage yet: --draft prints its draft" in str(result.exception)
    assert "\nlanguage: en\n" in flow("export", *where, "--draft").output
    result = flow("export", "--job", job, "--stage", "New", "--draft")
    assert "has no campaign" in str(result.exception)


def test_the_stages_are_listed_with_their_ids(runtime: Runtime, job: str, file: Path) -> None:
    flow("publish", file, "--job", job, "--stage", "No")
    assert [line.split() for line in flow("stages").output.splitlines()] == [
        ["STAGE", "ID", "JOB", "ID", "JOB", "STAGE", "TYPE", "VERSION"],
        [stage_of(runtime, "Form")[1], job, "Barista", "Form", "form", "–"],
        [stage_of(runtime, "No")[1], job, "Barista", "No", "reject", "1"],
    ]


@pytest.fixture
def jobs(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three jobs of two stages with a campaign each, of which the list takes four stages."""
    monkeypatch.setattr(flow_publishing, "MOST", 4)
    stages = [StagePlan("Form", StageType.FORM), StagePlan("No", StageType.REJECT)]
    with unit_of_work(runtime) as work:
        keys = [create_job(work, JobPlan(title, stages)) for title in ("Old", "Newer", "Newest")]
        return [str(work.connection.execute(select(Job.public_id).where(Job.id == key)).scalar_one()) for key in keys]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_list_says_when_it_leaves_stages_out_and_shows_them_by_their_job(jobs: list[str]) -> None:
    lines = flow("stages").output.splitlines()
    assert [line.split()[1:4] for line in lines[1:-1]] == [
        [job, title, stage] for job, title in ((jobs[2], "Newest"), (jobs[1], "Newer")) for stage in ("Form", "No")
    ]
    assert lines[-1] == "Older jobs have more stages: --job with the id of a job lists its own (4 are shown)."
    lines = flow("stages", "--job", jobs[0]).output.splitlines()
    assert [line.split()[1:4] for line in lines[1:]] == [[jobs[0], "Old", "Form"], [jobs[0], "Old", "No"]]
    assert "there is no job none" in str(flow("stages", "--job", "none").exception)
    assert "there is no job \udcff" in str(flow("stages", "--job", "\udcff").exception)
    assert "there is no stage \udcff" in str(flow("export", "--stage", "\udcff").exception)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_title_of_a_job_reaches_the_terminal_as_a_code_or_as_a_row_of_its_own(runtime: Runtime) -> None:
    title = "Evil \x1b]0;pwned\x07\u202e\nFAKE ROW \U0001f469\u200d\U0001f373"
    with unit_of_work(runtime) as work:
        create_job(work, JobPlan(title, [StagePlan("Form\x1b[31m", StageType.FORM)]))
    lines = flow("stages").output.splitlines()
    assert len(lines) == 2
    assert "Evil \\x1b]0;pwned\\x07\\u202e\\nFAKE ROW \U0001f469\u200d\U0001f373  Form\\x1b[31m  form" in lines[1]
    with reading(runtime) as work:
        job = work.connection.execute(select(Job.public_id)).scalar_one()
    assert str(flow("export", "--stage", "x", "--job", job).exception).endswith("its stages are Form\\x1b[31m")
