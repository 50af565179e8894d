"""Which template of a name speaks a campaign's language."""

import pytest

from bot.messaging.templates import KnownTemplate, best_of


def _listed(*pairs: str) -> list[KnownTemplate]:
    return [
        KnownTemplate(language, status, f"HX{n}") for n, pair in enumerate(pairs) for language, status in [pair.split()]
    ]


@pytest.mark.parametrize(
    ("language", "listed", "chosen"),
    [
        ("en", ["en_US approved"], "en_US"),
        ("en", ["en_GB approved", "en approved"], "en"),
        ("en", ["en pending", "en_US approved"], "en_US"),
        ("pt-BR", ["pt_PT approved", "pt_BR approved"], "pt_BR"),
        ("pt-BR", ["pt_PT approved", "pt approved"], "pt"),
        ("pt", ["pt_PT approved", "pt_BR approved"], "pt_BR"),
        ("de", ["en approved", "de rejected"], "de"),
    ],
)
def test_an_approved_template_of_the_language_comes_before_any_other(language, listed, chosen) -> None:
    found = best_of(_listed(*listed), language)
    assert found is not None
    assert found.language == chosen


def test_another_language_is_never_taken() -> None:
    assert best_of(_listed("en approved", "es approved"), "de") is None
