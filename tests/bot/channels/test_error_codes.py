"""The table of error codes: complete, consistent, and safe to act on."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.error_codes import (
    CODES,
    Category,
    closes_window,
    explain,
    falls_back,
    is_blocked,
    is_opt_out,
    marks_number,
    retry_delay,
    slows_sender,
    stops_sender,
    wants_template,
)
from bot.channels.error_table import RETRIES, ROWS, WAITS

# Every code that the provider's documentation of messaging errors names and that can meet one of our messages.
PROVIDER = """
20003 20404 20429 20500 21211 21212 21606 21659 21408 21608 21219 21610 21611 21612 21614 21635 21617 21620 21623
21655 21656 21703 21704 21705 30001 30002 30003 30004 30005 30006 30007 30008 30011 30017 30410 30019 11751 30022 30023
30027 30032 30034 30036 30047 30610 30450 30640 35115 63003 63005 63021 63007 63008 63009 63010 63012 63013 63014
63015 63016 63017 63018 63019 63037 63020 63024 63026 63027 63028 63029 63030 63031 63032 63033 63034 63036 63038
60728 63040 63041 63042 63049 63051 63119 11200 11205 12100 12300
""".split()  # noqa: SIM905  a list of a line each would hide what is missing
OURS = [
    "country_not_allowed",
    "spending_cap",
    "no_consent",
    "opted_out",
    "no_address",
    "no_template",
    "no_channel",
    "unconfirmed",
    "unsendable",
]
ALL = [*PROVIDER, *(f"callboard_{name}" for name in OURS)]


@pytest.mark.parametrize("code", ALL)
def test_every_code_has_words_for_a_recruiter(code: str) -> None:
    known = explain(code)
    assert code in CODES
    assert known.code == code
    for sentence in (known.explanation, known.remedy):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert 10 <= len(sentence) <= 90


def test_no_code_stands_in_two_rows() -> None:
    codes = [code for row in ROWS for code in row[0].split()]
    assert len(codes) == len(set(codes)) == len(CODES)


def test_delays_are_only_kept_for_codes_that_have_them() -> None:
    assert all(code == "" or CODES[code].category is Category.RETRY for code in RETRIES)
    assert all(code == "" or CODES[code].category is Category.WAIT for code in WAITS)


def test_an_unknown_code_is_named_with_the_page_about_it() -> None:
    unknown = explain("64999")
    assert unknown.category is Category.UNKNOWN
    assert "64999" in unknown.explanation
    assert "https://www.twilio.com/docs/api/errors/64999" in unknown.remedy


@pytest.mark.parametrize("code", ["", "http_418", "nonsense", "²²"])
def test_what_is_no_code_of_the_provider_gets_no_link(code: str) -> None:
    assert "https://" not in explain(code).remedy


@given(st.text(max_size=20), st.integers())
def test_any_text_can_be_asked_about(code: str, attempt: int) -> None:
    assert explain(code).explanation
    for ask in (falls_back, is_opt_out, is_blocked, closes_window, marks_number, stops_sender, slows_sender):
        ask(code)
    retry_delay(code, attempt)


def test_another_channel_is_tried_where_only_this_one_fails() -> None:
    assert {code for code in PROVIDER if falls_back(code) and code.startswith("63")} == {
        "63003", "63016", "63024", "63032", "63036", "63049",
    }  # fmt: skip


@pytest.mark.parametrize("code", ["63014", "63033", "21610", "30640", "callboard_opted_out", "callboard_no_consent"])
def test_no_other_channel_is_tried_after_a_no(code: str) -> None:
    assert not falls_back(code)
    assert retry_delay(code, 1) is None


def test_who_said_no_and_how() -> None:
    assert {code for code in ALL if is_opt_out(code)} == {"21610", "callboard_opted_out"}
    assert {code for code in ALL if is_blocked(code)} == {"63014", "63033", "30640"}
    assert {code for code in ALL if closes_window(code)} == {"63016"}
    assert {code for code in ALL if wants_template(code)} == {"63016", "callboard_no_template"}
    assert {code for code in ALL if marks_number(code)} == {"21211", "21614", "21635", "30005", "30006"}


def test_one_persons_number_never_stops_a_sender() -> None:
    stopping = {code for code in CODES if stops_sender(code)}
    assert {CODES[code].category for code in stopping} == {Category.CONFIGURATION}
    assert not stopping & {"21408", "21606", "21608", "30034", "63015", "63040"}
    assert {"20003", "21212", "21659", "30002", "30032", "63007", "63020"} <= stopping


def test_a_short_code_that_is_not_of_a_country_still_reaches_the_others() -> None:
    assert stops_sender("21659", "+15005550007")
    assert not stops_sender("21659", "12345")
    assert stops_sender("21212", "12345")
    assert stops_sender("20003", "12345")
    assert falls_back("21659")


def test_passing_trouble_is_retried_later_and_later_and_at_most_three_times() -> None:
    for code in PROVIDER:
        delays = [retry_delay(code, attempt) for attempt in range(-1, 6)]
        given_delays = [delay for delay in delays if delay is not None]
        assert given_delays == sorted(set(given_delays))
        assert len(given_delays) <= 3
        assert delays[:2] == [None, None]
        if given_delays:
            assert explain(code).category in {Category.RETRY, Category.WAIT}


def test_the_lengths_of_some_waits() -> None:
    assert retry_delay("30003", 1) == timedelta(hours=1)
    assert retry_delay("30008", 3) is None
    assert retry_delay("63018", 1) == timedelta(days=1)
    assert retry_delay("63037", 1) is None
    assert retry_delay("20500", 1) is None
    assert retry_delay("callboard_spending_cap", 1) is None


def test_limits_slow_the_sender() -> None:
    assert all(slows_sender(code) for code in ("20429", "21611", "30001", "63017", "63018", "63038"))
    assert not slows_sender("30003")


def test_a_number_is_not_blamed_where_only_an_attachment_was_refused() -> None:
    assert "reached" in explain("21612").explanation
    refused = explain("21612", with_medium=True)
    assert refused.in_words == explain("30011").in_words
    assert "Attachments" in refused.explanation
    assert "link" in refused.remedy
