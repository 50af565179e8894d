"""What the tests of running an installation share."""

from pathlib import Path

import pytest

from tests.operation.examining import Doctor


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Doctor:
    return Doctor(monkeypatch, tmp_path)
