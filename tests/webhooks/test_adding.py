"""Adding candidates one by one."""

import pytest
from sqlalchemy import func, select

from bot.insight.acquaintances import Acquaintance, who_has
from bot.intake.jobs import JobPlan, StagePlan, create_job
from bot.models import Application, AuditEntry, Candidate, Consent, Job, JobState, Message, Role, Stage, StageMove
from bot.runtime import Runtime
from bot.work import Work, reading, unit_of_work
from flows.flow import StageType
from tests.stories import TWO_QUESTIONS
from tests.webhooks.desk import Desk, on_sqlite
from webhooks.desk import adding

ANN = {
    "first_name": "Ann",
    "last_name": "Silva",
    "phone": "415 555 0101",
    "consent": "whatsapp",
    "consent_source": "phone",
}


@pytest.fixture
def desk(runtime: Runtime) -> Desk:
    make_job(runtime)
    return Desk(runtime)


def make_job(runtime: Runtime, title: str = "Barista") -> None:
    stages = [StagePlan("New", StageType.REVIEW), StagePlan("Screening", StageType.FORM, TWO_QUESTIONS)]
    with unit_of_work(runtime) as work:
        create_job(
            work, JobPlan(title=title, stages=[*stages, StagePlan("Offer", StageType.OFFER)], default_country="US")
        )


def ref(desk: Desk, model: type[Job | Stage], name: str) -> str:
    column = Job.title if model is Job else Stage.name
    with reading(desk.runtime) as work:
        found = select(model.public_id).where(column == name).order_by(model.id.desc()).limit(1)
        return str(work.connection.execute(found).scalar_one())


def add(desk: Desk, into: str = "Screening", then: str = "open", **changes: str):
    where = f"/jobs/{ref(desk, Job, 'Barista')}/add"
    return desk.post(where, **{**ANN, "stage": ref(desk, Stage, into), "then": then, **changes})


def count(desk: Desk, model: type) -> int:
    with reading(desk.runtime) as work:
        return work.connection.execute(select(func.count()).select_from(model)).scalar_one()


def test_somebody_is_added_written_to_and_on_record(desk: Desk) -> None:
    answer = add(desk, tags="night, bar", language="pt", email="ann@example.org")
    assert answer.status_code == 303
    assert f"application={desk.one(Application.public_id)}" in answer.location
    assert (desk.one(Candidate.phone), desk.one(Candidate.language)) == ("+14155550101", "pt")
    assert (desk.one(Application.tags), desk.one(Message.text)) == (["night", "bar"], "Hi Ann, shall we start?")
    assert (desk.one(Consent.channel), desk.one(Consent.source), count(desk, Consent)) == ("whatsapp", "phone", 1)
    assert desk.one(StageMove.user_id) is not None
    assert desk.one(AuditEntry.action) == "application.added"


@on_sqlite
def test_one_may_come_after_the_other_with_the_same_stage_and_word(desk: Desk) -> None:
    answer = add(desk, then="another")
    page = desk.page(answer.location)
    assert "Ann Silva has been added to Screening." in page
    assert f'value="{ref(desk, Stage, "Screening")}" selected' in page
    assert 'value="phone"' in page
    assert 'value="Ann"' not in page


@on_sqlite
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"first_name": "", "last_name": ""}, "Write a name."),
        ({"phone": "12"}, "This is no number of this country (United States), nor one with a country code."),
        ({"phone": ""}, "Write a phone number, such as +1"),
        ({"email": "ann@"}, "This is no e-mail address."),
        ({"consent_source": ""}, "Say where they agreed"),
        ({"consent": ""}, "Tick a channel on which they agreed"),
        ({"stage": "nowhere"}, "Choose a stage."),
    ],
)
def test_what_is_not_right_is_said_at_its_field_and_what_was_written_stays(
    desk: Desk, changes: dict[str, str], words: str
) -> None:
    answer = add(desk, **changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Silva" in answer.text or changes.get("last_name") == ""
    assert count(desk, Candidate) == 0


@on_sqlite
def test_a_stage_whose_campaign_is_not_published_takes_people_without_sending_alone(desk: Desk) -> None:
    assert "not published" in add(desk, "Offer").text
    assert add(desk, "Offer", sends="no").status_code == 303
    assert count(desk, Message) == 0


def test_somebody_who_is_here_is_not_added_again_and_can_be_opened(desk: Desk) -> None:
    add(desk)
    answer = add(desk, phone="+1 (415) 555-0101", first_name="Anna")
    assert answer.status_code == 422
    assert "Ann Silva</bdi> has this number and is in this job already" in answer.text
    assert f"application={desk.one(Application.public_id)}" in answer.text
    assert (count(desk, Application), desk.one(Candidate.first_name)) == (1, "Ann")


@on_sqlite
def test_who_is_added_by_somebody_else_at_the_same_moment_is_named_and_the_form_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(desk)
    seen: list[str] = []

    def look(work: Work, phone: str, job_id: int) -> Acquaintance | None:
        seen.append(phone)
        return who_has(work, phone, job_id) if len(seen) > 1 else None  # the first time not here yet

    monkeypatch.setattr(adding, "who_has", look)
    answer = add(desk, first_name="Anna", email="anna@example.org")
    assert answer.status_code == 422
    assert "Ann Silva</bdi> has this number and is in this job already" in answer.text
    assert 'value="anna@example.org"' in answer.text
    assert count(desk, Application) == 1


def test_somebody_from_another_job_is_named_before_they_are_added(desk: Desk) -> None:
    add(desk)
    make_job(desk.runtime, "Waiter")
    where = f"/jobs/{ref(desk, Job, 'Waiter')}/add"
    form = {**ANN, "first_name": "Anna", "stage": ref(desk, Stage, "New"), "sends": "no"}
    answer = desk.post(where, **form)
    assert answer.status_code == 422
    assert "This is the number of <strong><bdi>Ann Silva" in answer.text
    assert "Barista" in answer.text
    assert count(desk, Application) == 1
    assert desk.post(where, **form, known=desk.one(Candidate.public_id)).status_code == 303
    assert (count(desk, Candidate), count(desk, Application), desk.one(Candidate.first_name)) == (1, 2, "Anna")


@on_sqlite
def test_a_number_is_read_while_it_is_written(desk: Desk) -> None:
    add(desk)
    where = f"/jobs/{ref(desk, Job, 'Barista')}/add/number"
    asks = {"HX-Request": "true"}
    assert "United States" in desk.client.get(f"{where}?phone=415 555 0199", headers=asks).text
    assert "is in this job already" in desk.client.get(f"{where}?phone=4155550101", headers=asks).text
    assert "This is no number" in desk.client.get(f"{where}?phone=41", headers=asks).text
    assert "<html" not in desk.client.get(f"{where}?phone=", headers=asks).text


@on_sqlite
def test_a_closed_job_says_that_it_takes_nobody(desk: Desk) -> None:
    with unit_of_work(desk.runtime) as work:
        work.session.query(Job).update({"state": JobState.CLOSED})
    answer = add(desk, "New", sends="no")
    assert (answer.status_code, "The job is closed" in answer.text) == (422, True)


@on_sqlite
def test_hostile_names_are_shown_as_they_are(desk: Desk) -> None:
    add(desk, first_name='"><script>alert(1)</script>', last_name="{{ 7 * 7 }}")
    answer = add(desk)
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "{{ 7 * 7 }}" in answer.text


@on_sqlite
@pytest.mark.parametrize("role", [Role.VIEWER, Role.HIRING_MANAGER])
def test_who_may_not_change_jobs_adds_nobody(runtime: Runtime, role: Role) -> None:
    make_job(runtime)
    desk = Desk(runtime, role)
    assert desk.client.get(f"/jobs/{ref(desk, Job, 'Barista')}/add").status_code == 403
    assert add(desk).status_code == 403
