"""Places in a campaign, as its reader counts them."""

import pytest

from webhooks.desk.words import place


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "Campaign"),
        ("modules", "Modules"),
        ("welcome.text", "Welcome, text"),
        ("modules[1].questions[0].text", "Module 2, question 1, text"),
        ("rules[2].go_to", "Rule 3, go to"),
    ],
)
def test_a_place_is_told_in_words(path: str, words: str) -> None:
    assert place(path) == words
