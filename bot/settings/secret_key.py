"""The key that signs sessions and links, where none is given: made once, kept in the data folder."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from bot.errors import SettingsError
from bot.settings.values import read_secret

FILE = "secret_key"


def secret_key_of(data_dir: Path) -> Path:
    """Return where the key of a data folder is kept."""
    return data_dir / FILE


def kept_secret_key(data_dir: Path) -> str:
    """Return the key of the data folder, made on first use. Of two processes at once, both get the same."""
    path = secret_key_of(data_dir)
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(32))
        return read_secret(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        name = type(error).__name__
        remedy = "make the folder writable and that file whole, or set CALLBOARD_SECRET_KEY"
        raise SettingsError(f"CALLBOARD_DATA_DIR: {path} cannot be read or made ({name}): {remedy}") from error


def _write_once(path: Path, text: str) -> None:
    """Create *path*, readable by its owner only, whole or not at all; leave one that is already there."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # its mode is 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, never replaces what another process has put there meanwhile: that key counts.
        with suppress(FileExistsError):
            Path(path).hardlink_to(name)
    finally:
        Path(name).unlink()
