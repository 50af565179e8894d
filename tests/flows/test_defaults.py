"""What a new stage says by itself, in every shipped language."""

import pytest

from flows.checks import check, examine
from flows.defaults import default_draft, default_texts
from flows.findings import has_errors
from flows.flow import StageType
from flows.reading import read_flow
from flows.variables import names_in
from flows.wording import LOCALES, company_in

STAGES = [stage_type for stage_type in StageType if stage_type.has_campaign]


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("stage_type", STAGES)
def test_a_draft_needs_nothing_but_modules(language, stage_type):
    flow, findings = read_flow(default_draft(language, stage_type, "First call"))
    assert findings == ()
    assert flow is not None
    assert (flow.name, flow.language) == ("First call", language)
    paths = {finding.path for finding in check(flow, stage_type=stage_type, first_channel="sms") if finding.is_error}
    assert paths == (set() if stage_type is StageType.REJECT else {"modules"})


@pytest.mark.parametrize("language", LOCALES)
def test_a_rejection_is_ready_to_publish(language):
    flow, findings = examine(default_draft(language, StageType.REJECT, "No"), stage_type=StageType.REJECT)
    assert flow is not None
    assert flow.is_blast
    assert not has_errors(findings)


def test_every_language_says_the_same_with_the_same_variables():
    english = {key: sorted(names_in(text)) for key, text in default_texts("en").items()}
    for language in LOCALES:
        assert {key: sorted(names_in(text)) for key, text in default_texts(language).items()} == english


@pytest.mark.parametrize("word", ["YES", "CANCEL", "STOP"])
def test_no_word_is_asked_for_that_a_carrier_takes(word):
    assert all(word not in text for language in LOCALES for text in default_texts(language).values())


@pytest.mark.parametrize("language", LOCALES)
def test_where_no_company_is_named_its_place_is_filled_in_the_same_language(language):
    assert company_in("Acme", language) == "Acme"
    ours = company_in("our company", language)
    assert (ours == "our company") == (language == "en")
    assert "this is {{" not in default_texts(language)["welcome"]


def test_a_regional_language_keeps_its_name():
    draft = default_draft("pt-BR", StageType.FORM, "Triagem")
    assert draft["language"] == "pt-BR"
    assert draft["welcome"]["text"].startswith("Olá")


def test_a_language_that_is_not_shipped_becomes_english():
    draft = default_draft("it", StageType.FORM, "Colloquio")
    assert draft["language"] == "en"
    assert draft["welcome"]["text"].startswith("Hi")


def test_a_review_stage_has_no_draft():
    with pytest.raises(ValueError, match="review stage has no campaign"):
        default_draft("en", StageType.REVIEW, "Review")
