"""A candidate says no to a question that may be left out."""

from bot.dialogue.rehearsal import read_transcript, rehearse

CAMPAIGN = {
    "callboard": 1,
    "name": "Numbers",
    "language": "en",
    "welcome": "Hi. Shall we start?",
    "modules": [
        {
            "key": "basics",
            "type": "questions",
            "questions": [
                {"key": "phone", "type": "phone", "text": "Another number?", "required": False},
                {"key": "years", "type": "number", "text": "How many years?", "required": False},
                {"key": "start", "type": "date", "text": "When can you start?", "required": False},
            ],
        }
    ],
    "conclusion": "Bye.",
}
BEGUN = "bot  Hi. Shall we start?\ncandidate  yes\nbot  Another number? …\n"


def differences(text: str) -> list[object]:
    return list(rehearse(CAMPAIGN, read_transcript(f"today 2026-03-02 09:00\n{BEGUN}{text}")))


def test_a_plain_no_goes_on() -> None:
    assert differences("candidate  no thanks\nbot  How many years? …\n") == []


def test_what_only_sounds_like_a_no_is_asked_about_and_then_left_out() -> None:
    assert (
        differences("""\
candidate  I don't have one
bot        Shall I leave that one out? / Reply OK if that is right, or write your answer again.
candidate  yes
bot        How many years? …
""")
        == []
    )


def test_a_no_to_the_offer_to_leave_it_out_asks_again() -> None:
    assert (
        differences("""\
candidate  I don't have one
bot        Shall I leave that one out? …
candidate  no
bot        … That does not look like a complete phone number. …
candidate  +351 912 345 678
bot        How many years? …
""")
        == []
    )


def test_a_no_to_how_many_is_none_or_nothing_as_the_candidate_says() -> None:
    asked = "candidate  no\nbot  How many years? …\ncandidate  no\nbot  I can read that in more than one way. …\n"
    gone_on = "bot  When can you start? …\n"
    assert differences(f"{asked}candidate  leave it out\n{gone_on}answer years = null\n") == []
    assert differences(f"{asked}candidate  a\n{gone_on}answer years = 0\n") == []
    assert differences(f"{asked}candidate  b\n{gone_on}answer years = null\n") == []


def test_a_no_to_a_reading_leaves_nothing_out() -> None:
    assert (
        differences("""\
candidate  no
bot        How many years? …
candidate  skip
bot        When can you start? …
candidate  3/4
bot        I can read that in more than one way. …
candidate  no
bot        … I could not read a date in that. …
candidate  no
bot        Bye.
""")
        == []
    )
