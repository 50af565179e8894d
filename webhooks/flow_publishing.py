"""`callboard flow publish | export | stages`: campaign files into and out of the installation."""

from pathlib import Path

import click
from sqlalchemy import select

from bot.dialogue.template_news import learn_approvals
from bot.errors import NotFound
from bot.models import Job, Stage, StageCampaign, StageCampaignVersion
from bot.pipeline.publishing import draft_of, in_force, publish_as_draft
from bot.work import Work, reading, unit_of_work
from flows.checks import examine
from flows.one_line import in_one_line
from flows.reading import dump_yaml
from webhooks.flow_files import campaign_file, read_source, refuse
from webhooks.ready import installation
from webhooks.tabulated import tabulated

MOST = 200
HEAD = ("STAGE ID", "JOB ID", "JOB", "STAGE", "TYPE", "VERSION")

stage_option = click.option(
    "--stage", required=True, help="The id of the stage, as `callboard flow stages` lists it; with --job, its name."
)
job_option = click.option("--job", help="The id of the job, where --stage is a name.")


@click.command("stages")
@click.option("--job", help="The id of a job: only its stages.")
def stages_command(job: str | None) -> None:
    """List the stages that have a campaign, with their ids. Those of the newest jobs come first."""
    with installation() as runtime, reading(runtime) as work:
        found = _stages(work, job)
    for line in tabulated(HEAD, found[:MOST]):
        click.echo(line)
    if len(found) > MOST:
        click.echo(f"Older jobs have more stages: --job with the id of a job lists its own ({MOST} are shown).")


def _stages(work: Work, job: str | None) -> list[list[str]]:
    """Return the rows of the table, and one more where not all fit. Raises `NotFound`."""
    columns = (Stage.public_id, Job.public_id, Job.title, Stage.name, Stage.type, StageCampaignVersion.number)
    listed = (
        select(*columns)
        .join(Job, Job.id == Stage.job_id)
        .join(StageCampaign, StageCampaign.stage_id == Stage.id)
        .outerjoin(StageCampaignVersion, StageCampaignVersion.id == StageCampaign.published_version_id)
        .order_by(Job.id.desc(), Stage.place)
        .limit(MOST + 1)
    )
    if job is not None:
        _job_key(work, job)
        listed = listed.where(Job.public_id == job)
    return [["–" if cell is None else str(cell) for cell in row] for row in work.connection.execute(listed)]


@click.command("publish")
@campaign_file
@stage_option
@job_option
def publish_command(file: Path, stage: str, job: str | None) -> None:
    """Put a campaign file into a stage, as its draft and as its next version. With an error nothing is changed.

    New enrolments begin on the new version; who has begun stays on theirs.
    """
    source = read_source(file)
    draft = source.document
    if source.mistakes or not isinstance(draft, dict):
        refuse(file, source, examine(draft, mistakes=source.mistakes)[1])
    with installation() as runtime:
        with reading(runtime) as work:
            stage_id = find_stage(work, stage, job)
        learn_approvals(runtime, [draft])
        with unit_of_work(runtime) as work:
            number, findings = publish_as_draft(work, stage_id, draft)
    if number is None:
        refuse(file, source, findings)
    for finding in findings:
        click.echo(source.render(finding, str(file)))
    click.echo(f"Version {number} is in force.")


@click.command("export")
@stage_option
@job_option
@click.option("--draft", is_flag=True, help="The draft, instead of the version in force.")
def export_command(stage: str, job: str | None, *, draft: bool) -> None:
    """Print the campaign of a stage as YAML. It is the version in force, or the draft."""
    with installation() as runtime, reading(runtime) as work:
        stage_id = find_stage(work, stage, job)
        kept = draft_of(work, stage_id)
        found = kept if draft else in_force(work, stage_id)
    if found is None:
        raise NotFound("nothing is published in this stage yet: --draft prints its draft")
    click.echo(dump_yaml(found), nl=False)


def find_stage(work: Work, stage: str, job: str | None) -> int:
    """Return the key of a stage, named by its id, or by its name in a job. Raises `NotFound`."""
    if job is None:
        found = select(Stage.id).where(Stage.public_id == _id(stage), Stage.job_id.is_not(None))
        if (key := work.connection.execute(found).scalar_one_or_none()) is None:
            raise NotFound(
                f"there is no stage {stage}: `callboard flow stages` lists the ids; with --job a name will do"
            )
        return key
    of_job = select(Stage.id, Stage.name, Stage.public_id).where(Stage.job_id == _job_key(work, job))
    rows = work.connection.execute(of_job.order_by(Stage.place)).all()
    named = [row for row in rows if stage in (row.name, row.public_id)]
    if len(named) == 1:
        return int(named[0].id)
    if named:
        raise NotFound(f"several stages of this job are called {stage}: give the id of one, without --job")
    names = in_one_line(", ".join(row.name for row in rows))
    raise NotFound(f"this job has no stage {stage}: its stages are {names}")


def _job_key(work: Work, job: str) -> int:
    key = work.connection.execute(select(Job.id).where(Job.public_id == _id(job))).scalar_one_or_none()
    if key is None:
        raise NotFound(f"there is no job {job}: `callboard flow stages` lists the ids")
    return key


def _id(word: str) -> str:
    """Return what may be an id: bytes that are no text, which no database can look for, are the id of nothing."""
    return word if word.isprintable() else ""
