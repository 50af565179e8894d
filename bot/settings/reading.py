"""From the environment and `.env` to values, with every problem found on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.settings.dotenv import read_dotenv
from bot.settings.table import NOT_READ_YET, Setting, settings_table
from bot.settings.values import shown_wrong


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One line of `callboard doctor`; secrets are masked in *shown*."""

    name: str
    shown: str
    source: str  # environment, .env, default, data folder or unset
    problem: str
    help: str


@dataclass(slots=True)
class Reading:
    """A setting on its way: what was found, and what came of it."""

    field: str
    setting: Setting
    source: str
    text: str = ""
    value: Any = None
    problem: str = ""

    def row(self) -> SettingRow:
        return SettingRow(self.setting.name, self._shown(), self.source, self.problem, self.setting.help)

    def _shown(self) -> str:
        """Return the value as one would write it, masked where it may be secret."""
        if self.setting.mask is not None:
            return self.setting.mask(self.value) if self.value else ""
        if self.problem:
            return shown_wrong(self.text) if self.text else ""
        return str(self.value) if isinstance(self.value, str | Path) else self.text


def read_all(environ: Mapping[str, str], dotenv: Path | None) -> tuple[list[Reading], tuple[str, ...]]:
    """Read every setting, and the lines of *dotenv* that cannot be read."""
    file_values, file_problems = read_dotenv(dotenv)
    readings: list[Reading] = []
    earlier: dict[str, Any] = {}
    for name, setting in settings_table().items():
        reading = _read_one(name, setting, environ, file_values, earlier)
        # What cannot be read must not spoil a default that is built from it.
        earlier[setting.name] = setting.default if reading.value is None else reading.value
        readings.append(reading)
    _check_twilio({reading.setting.name: reading for reading in readings})
    _check_mail({reading.setting.name: reading for reading in readings})
    return readings, file_problems


def _read_one(
    field: str,
    setting: Setting,
    environ: Mapping[str, str],
    file_values: Mapping[str, str],
    earlier: Mapping[str, Any],
) -> Reading:
    """Take the setting from the first place that has it. A wrong one stands in as None."""
    for source, place in (("environment", environ), (".env", file_values)):
        text = place.get(setting.name, "").strip()
        if text:
            try:
                return Reading(field, setting, source, text, setting.read(text))
            except ValueError as error:
                return Reading(field, setting, source, text, problem=str(error))
    if setting.default is None:
        return Reading(field, setting, "data folder" if field == "secret_key" else "unset")
    text = setting.default.format(**earlier)
    return Reading(field, setting, "default", text, setting.read(text))


def unknown_names(environ: Mapping[str, str], dotenv: Path | None) -> tuple[str, ...]:
    """Return the names in either place that begin like ours, or are kept for later, and are no setting."""
    file_values, _ = read_dotenv(dotenv)
    known = {setting.name for setting in settings_table().values()}
    others = {*environ, *file_values} - known
    return tuple(sorted(name for name in others if name.startswith(("CALLBOARD_", "TWILIO_")) or name in NOT_READ_YET))


_TWILIO_NEEDED = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
_TWILIO_SENDERS = ("TWILIO_WHATSAPP_FROM", "TWILIO_SMS_FROM", "TWILIO_MESSAGING_SERVICE_SID")


def _check_twilio(readings: Mapping[str, Reading]) -> None:
    """Ask for an account, its token and a sender, or for none of them: half of it would look connected."""
    present = {name for name in (*_TWILIO_NEEDED, *_TWILIO_SENDERS) if readings[name].source != "unset"}
    if not present:
        return
    why = f"as {min(present)} is set; without any of Twilio's settings the sandbox is used"
    for name in _TWILIO_NEEDED:
        if name not in present:
            readings[name].problem = f"missing, {why}"
    if not present.intersection(_TWILIO_SENDERS):
        first, *others = _TWILIO_SENDERS
        readings[first].problem = f"missing, {why}. Any one sender will do: this, {' or '.join(others)}"


def _check_mail(readings: Mapping[str, Reading]) -> None:
    """Ask for an address of ours where mails leave the house: a server would refuse those from nowhere."""
    if readings["SMTP_URL"].source != "unset" and readings["MAIL_FROM"].source == "default":
        readings["MAIL_FROM"].problem = "missing, as SMTP_URL is set: write the address from which mails may come"
