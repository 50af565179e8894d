"""One application with its person: the page, and the part of it that lies over a board."""

import pytest
from sqlalchemy import select, update

from bot.models import Application, AuditEntry, Candidate, Job, Note, Role, User
from bot.work import reading, unit_of_work
from tests.journeys.holding import begun
from tests.stories import ONLY_NEWS, Story
from tests.webhooks.desk import Desk, on_sqlite

HTMX = {"HX-Request": "true"}


def refs(story: Story) -> list[str]:
    """Return the public ids of the applications, oldest first."""
    with reading(story.runtime) as work:
        return list(work.connection.execute(select(Application.public_id).order_by(Application.id)).scalars())


def states(story: Story) -> list[str]:
    with reading(story.runtime) as work:
        return list(work.connection.execute(select(Application.state).order_by(Application.id)).scalars())


def test_the_page_tells_the_whole_story_part_by_part(story: Story) -> None:
    begun(story)
    story.says("yep")
    desk = Desk(story.runtime)
    at = f"/applications/{refs(story)[0]}"
    talk = desk.page(at)
    for words in ("Ann Silva", "Barista", "screening", "In Progress", "How many years?", "Take over"):
        assert words in talk
    answers = desk.page(f"{at}?tab=answers")
    assert "Do you drive?" in answers
    assert "yep" in answers
    person = desk.page(f"{at}?tab=person")
    assert "+14155550101" in person
    assert "Consent" in person
    assert "Ann Silva" in desk.page(f"{at}?tab=nothing&in=status%3Dnothing")


def test_over_a_board_the_part_alone_is_answered(story: Story) -> None:
    begun(story)
    desk = Desk(story.runtime)
    ref = refs(story)[0]
    part = desk.client.get(f"/applications/{ref}", headers=HTMX | {"HX-Current-URL": "http://x/jobs/abc"}).text
    assert "<html" not in part
    assert "data-close" in part
    assert "sse:board-abc" in part


def test_one_goes_to_the_next_within_the_filter(story: Story) -> None:
    begun(story)
    for number, name in ((2, "Ben"), (3, "Cat")):
        story.apply(phone=f"+1415555010{number}", first_name=name)
    story.apply("Barista/new", phone="+14155550104", first_name="Dan")
    desk = Desk(story.runtime)
    ann, ben, cat, dan = refs(story)
    page = desk.page(f"/applications/{ben}")
    assert f'href="/applications/{cat}' in page
    assert f'href="/applications/{ann}' in page
    within = desk.page(f"/applications/{ben}?in=status%3Dsending")
    assert cat in within
    assert dan not in within
    assert "in=status%3Dsending" in within


def test_it_is_archived_and_taken_back(story: Story) -> None:
    begun(story)
    desk = Desk(story.runtime)
    at = f"/applications/{refs(story)[0]}"
    said = len(story.sender.accepted)
    assert desk.post(f"{at}/archive").status_code == 303
    assert states(story) == ["archived"]
    assert "out of the running" in desk.page(at)
    again = desk.client.get(desk.post(f"{at}/archive").headers["Location"])
    assert "This application is archived already." in again.text
    desk.post(f"{at}/reopen")
    assert states(story) == ["active"]
    desk.post(f"{at}/withdraw")
    assert states(story) == ["withdrawn"]
    assert story.enrolment(1).reason == "archived"
    assert len(story.sender.accepted) == said
    with reading(story.runtime) as work:
        actions = work.connection.execute(select(AuditEntry.action).where(AuditEntry.object_kind == "application"))
        assert set(actions.scalars()) == {"application.archived", "application.reopened", "application.withdrawn"}


def test_what_waits_is_sent_now(story: Story) -> None:
    begun(story)
    story.job("News", ONLY_NEWS)
    story.apply("News/screening")
    desk = Desk(story.runtime)
    second = refs(story)[1]
    assert "Send now" in desk.page(f"/applications/{second}")
    desk.post(f"/applications/{second}/release")
    assert story.enrolment(2).status != "queued"
    told = desk.client.get(desk.post(f"/applications/{second}/release").headers["Location"]).text
    assert "Nothing of it waits" in told


@on_sqlite
def test_a_hiring_manager_sees_their_own_jobs_alone_and_writes_nothing(story: Story) -> None:
    begun(story)
    story.job("News", ONLY_NEWS)
    story.apply("News/screening")
    desk = Desk(story.runtime, Role.HIRING_MANAGER)
    first, second = refs(story)
    desk.page(f"/applications/{first}", 404)
    with unit_of_work(story.runtime) as work:
        key = work.connection.execute(select(User.id).where(User.role == Role.HIRING_MANAGER)).scalar_one()
        work.connection.execute(update(Job).where(Job.title == "Barista").values(hiring_manager_id=key))
        candidate = work.connection.execute(select(Candidate.public_id)).scalar_one()
    page = desk.page(f"/applications/{first}")
    assert "Do you drive?" in page
    assert "Take over" not in page
    assert "Archive" not in page
    assert "Private note" in page
    assert "News" not in desk.page(f"/applications/{first}?tab=person")
    desk.page(f"/applications/{second}", 404)
    desk.page("/inbox", 403)
    desk.page(f"/inbox/{candidate}", 403)
    for what in ("archive", "withdraw", "reopen", "release"):
        assert desk.post(f"/applications/{first}/{what}").status_code == 403
    assert desk.post(f"/inbox/{candidate}/write", text="x").status_code == 403
    noted = desk.post(f"/inbox/{candidate}/notes", note="Looks good", then=f"/applications/{first}")
    assert noted.headers["Location"] == f"/applications/{first}"
    assert "Looks good" in desk.page(f"/applications/{first}")


@on_sqlite
def test_a_hiring_manager_reads_of_a_conversation_what_is_of_their_jobs(story: Story) -> None:
    begun(story)
    story.says("yep, for Barista")
    story.job("News", ONLY_NEWS)
    desk = Desk(story.runtime, Role.HIRING_MANAGER)
    recruiter = Desk(story.runtime)
    story.apply("News/screening")
    recruiter.post(f"/applications/{refs(story)[1]}/release")
    with unit_of_work(story.runtime) as work:
        key = work.connection.execute(select(User.id).where(User.role == Role.HIRING_MANAGER)).scalar_one()
        work.connection.execute(update(Job).where(Job.title == "News").values(hiring_manager_id=key))
    page, whole = desk.page(f"/applications/{refs(story)[1]}"), recruiter.page(f"/applications/{refs(story)[1]}")
    for words in ("Do you drive?", "yep, for Barista", "<bdi>Barista</bdi>"):
        assert (words in page, words in whole) == (False, True), words
    assert "Campaign of the stage screening" in page


def test_notes_stars_and_tags_are_given_and_taken_back(story: Story) -> None:
    begun(story)
    desk = Desk(story.runtime, Role.HIRING_MANAGER)
    with unit_of_work(story.runtime) as work:
        key = work.connection.execute(select(User.id).where(User.role == Role.HIRING_MANAGER)).scalar_one()
        work.connection.execute(update(Job).values(hiring_manager_id=key))
    ref = refs(story)[0]
    at, tab = f"/applications/{ref}", f"/applications/{ref}?tab=notes"
    assert "No notes yet" in desk.page(tab)
    desk.post(f"{at}/notes", text="<b>Strong</b> at the bar", then=tab)
    desk.post(f"{at}/stars", stars="4", then=tab)
    desk.post(f"{at}/tags", tag="night owl", then=tab)
    page = desk.page(tab)
    for words in ("&lt;b&gt;Strong&lt;/b&gt; at the bar", "4 stars, yours", "night owl"):
        assert words in page
    timeline = desk.page(f"{at}?tab=timeline")
    assert "Strong" in timeline
    assert "night owl" in timeline
    note = page.split("/notes/")[1].split("/")[0]
    deleted = desk.post(f"{at}/notes/{note}/delete", then=tab).headers["Location"]
    assert "The note is deleted" in desk.page(deleted)
    desk.post(f"{at}/notes/{note}/restore", then=tab)
    desk.post(f"{at}/notes", text="Weak", id=note, then=tab)
    assert "Weak" in desk.page(tab)
    desk.post(f"{at}/stars", stars="0", then=tab)
    desk.post(f"{at}/tags", off="night owl", then=tab)
    page = desk.page(tab)
    assert "Not rated by you" in page
    assert 'class="tag"' not in page
    for form in ({"stars": "9"}, {"stars": "x"}):
        assert "Choose 1 to 5 stars" in desk.client.get(desk.post(f"{at}/stars", **form).headers["Location"]).text
    assert desk.post(f"{at}/notes/nothing/delete").status_code == 404


@on_sqlite
def test_the_conversation_of_a_stranger_is_no_page_of_theirs(story: Story) -> None:
    begun(story)
    desk = Desk(story.runtime, Role.HIRING_MANAGER)
    with reading(story.runtime) as work:
        candidate = work.connection.execute(select(Candidate.public_id)).scalar_one()
    for part in ("thread", "composer", "conversation"):
        assert desk.client.get(f"/inbox/{candidate}/{part}", headers=HTMX).status_code == 404
    assert desk.post(f"/inbox/{candidate}/notes", note="x").status_code == 404


@on_sqlite
@pytest.mark.parametrize("given", ["x", "stage=&stage=x", "%00", "status=queued&status=nothing", "q=" + "x" * 3000])
def test_a_filter_that_cannot_be_read_has_no_order_and_is_no_fault(story: Story, given: str) -> None:
    begun(story)
    desk = Desk(story.runtime)
    answer = desk.client.get(f"/applications/{refs(story)[0]}", query_string={"in": given})
    assert answer.status_code in (200, 400)


def test_snippets_are_kept_used_changed_and_deleted(story: Story) -> None:
    begun(story)
    desk = Desk(story.runtime)
    assert "No snippets yet" in desk.page("/snippets")
    bad = desk.post("/snippets", name="hi", text="Hi {{ candidate.shoe }}")
    assert bad.status_code == 422
    assert "Hi {{ candidate.shoe }}" in bad.text
    assert desk.post("/snippets", name="/hi", text="Hi {{ candidate.first_name }}!", shared="yes").status_code == 303
    page = desk.page("/snippets")
    assert "/hi" in page
    with reading(story.runtime) as work:
        candidate = work.connection.execute(select(Candidate.public_id)).scalar_one()
    desk.post(f"/inbox/{candidate}/hold")
    opened = desk.page(f"/inbox/{candidate}")
    assert 'data-insert="Hi Ann!"' in opened
    snippet = opened.split("snippet=")[1][:32]
    assert ">Hi Ann!</textarea>" in desk.page(f"/inbox/{candidate}?snippet={snippet}").replace("> Hi", ">Hi")
    edited = desk.page(f"/snippets?edit={snippet}")
    assert "Change /hi" in edited
    desk.post("/snippets", id=snippet, name="hello", text="Hello")
    assert "/hello" in desk.page("/snippets")
    desk.post(f"/snippets/{snippet}/delete")
    assert "No snippets yet" in desk.page("/snippets")
    desk.page("/snippets?edit=nothing", 404)
    assert desk.post("/snippets/nothing/delete").status_code == 404


@on_sqlite
def test_who_may_not_delete_a_note_is_told_so_and_offered_no_undo(story: Story) -> None:
    begun(story)
    at, ann, ben = f"/applications/{refs(story)[0]}", Desk(story.runtime), Desk(story.runtime, Role.ADMIN)
    ann.post(f"{at}/notes", text="Ring her")
    with reading(story.runtime) as work:
        note = work.connection.execute(select(Note.public_id)).scalar_one()
    assert "deleted=" not in ben.post(f"{at}/notes/{note}/delete").headers["Location"]
    assert "deleted=" in ann.post(f"{at}/notes/{note}/delete").headers["Location"]
