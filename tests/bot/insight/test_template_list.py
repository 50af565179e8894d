"""The list of templates tells how each stands, what to do, and who uses it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.channels.template_words import explain_state, warn_of_category
from bot.dialogue.reconciling import refresh_templates
from bot.dialogue.template_submissions import work_on_submissions
from bot.insight.template_list import TemplateLine, list_templates, read_at
from bot.messaging.submissions import submit_template, write_template
from bot.models import TemplateSubmission
from bot.work import reading, unit_of_work
from flows.template_rules import TemplateText
from tests.stories import HELLO, Story

WRITTEN = TemplateText(
    "greeting", "pt_BR", "UTILITY", "Hi {{1}}, thank you for applying. Shall we start?", {"1": "Ann"}
)


def lines(story: Story, **query: str) -> dict[str, TemplateLine]:
    with reading(story.runtime) as work:
        return {line.text.name: line for line in list_templates(work, **query)}


def test_what_is_listed_and_what_is_on_its_way_stand_in_one_list(story: Story) -> None:
    story.job()
    with reading(story.runtime) as work:
        assert read_at(work) == story.clock.now()
    with unit_of_work(story.runtime) as work:
        public_id = write_template(work, WRITTEN, None)
    found = lines(story)
    assert list(found) == ["greeting", "hello"]
    assert (found["greeting"].status, found["greeting"].is_draft, found["greeting"].submission) == (
        "draft",
        True,
        public_id,
    )
    hello = found["hello"]
    assert (hello.words.label, hello.is_used, hello.is_draft) == ("Approved", True, False)
    assert [(use.stage, use.published) for use in hello.uses][:2] == [("rejected", True), ("screening", True)]


def test_a_template_is_one_line_from_draft_to_approval(story: Story) -> None:
    with unit_of_work(story.runtime) as work:
        submit_template(work, write_template(work, WRITTEN, None))
    assert lines(story)["greeting"].words.label == "On its way"
    work_on_submissions(story.runtime)
    (line,) = lines(story).values()
    assert (line.words.label, line.status) == ("Being looked at", "received")
    story.sender.judge(line.content_sid or "", "rejected", "INVALID_FORMAT", category="MARKETING")
    refresh_templates(story.runtime)
    (line,) = lines(story).values()
    assert line.words.advice.startswith("WhatsApp says that its form is wrong. Variables must be numbered")
    assert "moved it to MARKETING" in line.warning
    with reading(story.runtime) as work:
        assert line.submission == work.connection.execute(select(TemplateSubmission.public_id)).scalar_one()


def test_the_list_is_narrowed_by_words_and_by_state(story: Story) -> None:
    story.sender.listed = [
        HELLO,
        replace(HELLO, name="sorry", status="paused", body="Not this time", content_sid="HX2"),
    ]
    refresh_templates(story.runtime)
    assert list(lines(story, search="NOT this")) == list(lines(story, status="paused")) == ["sorry"]
    assert list(lines(story, search="hell")) == ["hello"]
    assert lines(story, search="%") == {}


def test_a_use_counts_for_every_country_of_its_language_and_for_no_other(story: Story) -> None:
    story.sender.listed = [replace(HELLO, language="en_US"), replace(HELLO, language="de", content_sid="HX2")]
    refresh_templates(story.runtime)
    story.job()
    story.sender.listed = [replace(HELLO, language="en_US"), replace(HELLO, language="de", content_sid="HX2")]
    refresh_templates(story.runtime)
    with reading(story.runtime) as work:
        used = {line.text.language: line.is_used for line in list_templates(work)}
    assert used == {"en": True, "en_US": True, "de": False}


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ("rejected", "", "WhatsApp gave no reason. A rejected name is used up"),
        ("rejected", "NONE", "WhatsApp gave no reason."),
        ("rejected", "TAG_CONTENT_MISMATCH", "not of the category"),
        ("rejected", "Message template language does not match", "Write it, with its examples, in that language"),
        ("rejected", "The moon is full.", "WhatsApp says: The moon is full. A rejected"),
        ("failed", "the provider refused it (20001)", "The provider refused it (20001). Change it"),
        ("failed", "", "Twilio did not take it."),
        ("creating", "the provider could not be reached", "The provider could not be reached. It is tried again"),
        ("approved", "", "It can open conversations."),
    ],
)
def test_each_state_is_told_in_words_with_a_remedy(status: str, reason: str, words: str) -> None:
    assert words in explain_state(status, reason).advice


def test_a_state_that_nobody_knows_yet_is_shown_as_it_is() -> None:
    assert explain_state("in_appeal").label == "In appeal"
    assert warn_of_category("UTILITY", "UTILITY") == ""
    assert warn_of_category("", "MARKETING").startswith("Category MARKETING")
