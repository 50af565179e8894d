"""Secrets that must be read again are stored so that the database alone gives nothing away."""

import pytest

from bot.secrets_at_rest import Unreadable, seal, unseal

KEY, OTHER = "k" * 32, "o" * 32


def test_a_secret_comes_back_as_it_was() -> None:
    sealed = seal(KEY, "webhook_endpoint", "whsec_ñ")
    assert "whsec" not in sealed
    assert unseal(KEY, "webhook_endpoint", sealed) == "whsec_ñ"


def test_the_same_secret_never_looks_the_same() -> None:
    assert seal(KEY, "webhook_endpoint", "x") != seal(KEY, "webhook_endpoint", "x")


@pytest.mark.parametrize("damage", ["key", "purpose", "text", "nothing", "odd"])
def test_with_another_key_or_purpose_or_damaged_it_cannot_be_read(damage: str) -> None:
    sealed = seal(KEY, "webhook_endpoint", "secret")
    key = OTHER if damage == "key" else KEY
    purpose = "second_factor" if damage == "purpose" else "webhook_endpoint"
    found = {"text": sealed[:-5] + "AAAA=", "nothing": "", "odd": "ñ"}.get(damage, sealed)
    with pytest.raises(Unreadable) as caught:
        unseal(key, purpose, found)
    assert "CALLBOARD_SECRET_KEY" in str(caught.value)
    assert sealed not in str(caught.value)
