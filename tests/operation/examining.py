"""`callboard doctor` in an environment of its own, and what it says of a setting."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.settings import settings_table, unknown_settings
from webhooks.cli import callboard

# whatever a test forgets to answer stays on this machine
NO_WAY_OUT = {"http_proxy": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1"}


class Doctor:
    """Runs the command in an environment of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._patch = monkeypatch
        self.folder = folder
        monkeypatch.chdir(folder)
        known = {setting.name for setting in settings_table().values()}
        for name in {*known, *unknown_settings()}:
            monkeypatch.delenv(name, raising=False)
        for name, value in NO_WAY_OUT.items():
            monkeypatch.setenv(name, value)

    def __call__(self, **environment: str) -> Any:
        with self._patch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            return CliRunner().invoke(callboard, ["doctor"])


def said_of(output: str, name: str) -> str:
    """Return the line of a setting, with what is said below it."""
    found = re.search(rf"^{name} .*(\n +[✗!✓].*)*", output, re.MULTILINE)
    assert found, output
    return found[0]
