"""What a start would do, told before it is done."""

from sqlalchemy import func, select

from bot.insight.import_outlooks import outlook, sample, what_happens
from bot.insight.imported import Show, Tally, in_words, rows_of, tally
from bot.insight.previews import Outcome
from bot.models import Application, Candidate, Message
from bot.work import reading
from tests.journeys.importing import Importer
from tests.stories import ANN, Story

TABLE = """Name,Phone
Ben,415 555 0111
Ann,415 555 0101
Stopped,415 555 0121
Busy,415 555 0122
Twice,415 555 0111
,415 555 0113
Eva,+46 70 123 45 67
"""


def prepared(story: Story) -> Importer:
    story.job()
    story.job("Waiter")
    story.apply("Waiter/new", phone="+14155550121")
    story.says("STOP", phone="+14155550121")
    story.apply("Waiter/screening", phone="+14155550122")
    story.apply("Barista/new", phone=ANN)
    imported = Importer(story, TABLE)
    imported.describe()
    return imported


def told(imported: Importer) -> str:
    row = imported.row()
    with reading(imported.story.runtime) as work:
        found = outlook(work, row, tally(work, row))
    return what_happens(found, sample(imported.story.runtime, row))


def test_a_table_is_told_in_one_line(story: Story) -> None:
    imported = prepared(story)
    with reading(story.runtime) as work:
        counted = tally(work, imported.row())
    assert counted == Tally(rows=7, new=2, known=2, here=1, problems=1, twice=1, opted_out=1, abroad=1)
    assert in_words(counted) == (
        "2 new, 2 known from other jobs, 1 already here, 1 opted out, 1 in countries that may not be written to, "
        "1 twice in the table, 1 with problems"
    )
    assert in_words(Tally()) == "nobody"


def test_it_is_told_who_gets_what_over_which_channel_and_who_does_not(story: Story) -> None:
    imported = prepared(story)
    imported.decide()
    assert told(imported) == (
        "2 will get screening over WhatsApp now. 1 of them when another campaign of theirs has ended. "
        "Added without a message: 1 opted out, 1 may not be written to in their country."
    )
    imported.decide(consents=())
    assert "1 will get screening" in told(imported)
    assert "1 agreed to no channel" in told(imported)
    imported.decide(sends=False)
    assert told(imported) == "4 will be added to screening. Nothing is sent."
    imported.decide("Barista/new")
    assert told(imported) == "4 will be added to new. Nothing is sent."


def test_the_first_message_is_shown_and_nothing_of_the_trial_stays(story: Story) -> None:
    imported = prepared(story)
    imported.decide()
    before = counts(story)
    first = sample(story.runtime, imported.row())
    assert first is not None
    assert (first.application_ref, first.outcome, first.text) == ("Ben", Outcome.SENDS, "Hi Ben, shall we start?")
    assert counts(story) == before


def counts(story: Story) -> list[int]:
    with reading(story.runtime) as work:
        tables = (Candidate, Application, Message)
        return [work.connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def test_after_the_start_everybody_is_counted_once(story: Story) -> None:
    imported = prepared(story)
    imported.decide()
    imported.run()
    with reading(story.runtime) as work:
        counted = tally(work, imported.row())
    assert counted == Tally(rows=7, here=1, problems=1, twice=1, added=4)


def test_rows_are_listed_by_what_they_are_a_page_at_a_time(story: Story) -> None:
    imported = prepared(story)
    row = imported.row()
    with reading(story.runtime) as work:
        lines = {show: [each.line for each in rows_of(work, row, show, after=0, most=50)[0]] for show in Show}
        first, more = rows_of(work, row, Show.ALL, after=0, most=3)
        rest, no_more = rows_of(work, row, Show.ALL, after=more or 0, most=50)
    assert lines[Show.PROBLEMS] == [7]
    assert (lines[Show.TWICE], lines[Show.HERE], lines[Show.KNOWN]) == ([6], [3], [4, 5])
    assert (lines[Show.BARRED], lines[Show.LEFT_OUT], lines[Show.FAILED]) == ([4, 8], [], [])
    assert ([each.line for each in [*first, *rest]], no_more) == ([2, 3, 4, 5, 6, 7, 8], None)
