"""`CALLBOARD_WEBHOOKS_ALLOW_PRIVATE`: off, on, or networks."""

from ipaddress import ip_network

import pytest

from bot.errors import SettingsError
from bot.settings import read_settings
from bot.settings.values import EVERY_NETWORK, Network

NAME = "CALLBOARD_WEBHOOKS_ALLOW_PRIVATE"


def read(text: str, folder: str) -> tuple[Network, ...]:
    environ = {"CALLBOARD_SECRET_KEY": "k" * 32, "CALLBOARD_DATA_DIR": folder, NAME: text}
    return read_settings(environ).webhooks_allow_private


@pytest.mark.parametrize("text", ["", "off", "OFF", "no", "false", "0"])
def test_it_is_off_unless_said_otherwise(text: str, tmp_path) -> None:
    assert read(text, str(tmp_path)) == ()


@pytest.mark.parametrize("text", ["on", "yes", "True", "1"])
def test_on_allows_every_address(text: str, tmp_path) -> None:
    assert read(text, str(tmp_path)) == EVERY_NETWORK


def test_networks_and_single_addresses_are_named_with_commas(tmp_path) -> None:
    found = read("10.1.0.0/16, 192.168.7.5,fd00::/8", str(tmp_path))
    assert found == tuple(map(ip_network, ("10.1.0.0/16", "192.168.7.5/32", "fd00::/8")))


@pytest.mark.parametrize("text", ["maybe", "10.1.0.1/16", "10.0.0.0/8,", "hooks.internal", "10.0.0.0/33"])
def test_what_is_no_network_is_refused_with_what_to_write(text: str, tmp_path) -> None:
    with pytest.raises(SettingsError, match=NAME):
        read(text, str(tmp_path))
