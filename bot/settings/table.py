# ruff: noqa: RUF009  (what `_setting` returns is the field's declaration, not a shared value)
"""The table of settings: name, how it is read, default, purpose, and whether it is a secret."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from bot.settings import mail_values, values


@dataclass(frozen=True, slots=True)
class Setting:
    """What there is to say about one setting.

    *default* is text as one would write it, None if there is none; `{NAME}` in it is the value of a setting
    that stands earlier in the table.
    """

    name: str
    read: Callable[[str], Any]
    default: str | None
    help: str
    mask: Callable[[str], str] | None  # for a secret, or what may hold one: how it may be shown


def _hidden(value: str) -> str:
    return f"(secret, {len(value)} characters)"


def _without_password(url: str) -> str:
    """Leave out user, password and query; any of them may hold a secret."""
    scheme, _, rest = url.partition("://")
    if rest.startswith("/"):
        return f"{scheme}://{rest.partition('?')[0]}"
    _, known_user, place = rest.rpartition("@")  # first, as a password may hold a question mark
    place = place.partition("?")[0]
    return f"{scheme}://***@{place}" if known_user else f"{scheme}://{place}"


def _setting(
    name: str,
    read: Callable[[str], Any],
    default: str | None,
    help_text: str,
    *,
    mask: Callable[[str], str] | None = None,
) -> Any:
    """Declare a field; with *mask* it stays out of `repr`."""
    setting = Setting(name, read, default, help_text, mask)
    return field(metadata={"setting": setting}, repr=mask is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting, read and checked. `docs/settings.md` and `callboard doctor` are made from this."""

    port: int = _setting("PORT", values.read_whole(1, 65535), "8000", "Port of the web server.")
    web_processes: int | None = _setting(
        "WEB_CONCURRENCY",
        values.read_whole(1, 64),
        None,
        "Processes of the web server, of eight threads each. Unset, one on SQLite; on PostgreSQL one for every two "
        "cores, four at most.",
    )
    data_dir: Path = _setting(
        "CALLBOARD_DATA_DIR",
        values.read_folder,
        "var",
        "Folder of the embedded database and Redis, of files and of the key made here.",
    )
    public_url: str = _setting(
        "CALLBOARD_PUBLIC_URL",
        values.read_base_url,
        "http://localhost:{PORT}",
        "How the world reaches this installation: what Twilio signs, and what links begin with.",
    )
    database_url: str = _setting(
        "DATABASE_URL",
        values.read_database_url,
        "sqlite:///{CALLBOARD_DATA_DIR}/callboard.db",
        "The database: PostgreSQL, or SQLite in a file.",
        mask=_without_password,
    )
    sqlite_synchronous: Literal["FULL", "NORMAL"] = _setting(
        "CALLBOARD_SQLITE_SYNCHRONOUS",
        values.read_word("FULL", "NORMAL"),
        "FULL",
        "SQLite only. NORMAL is faster and may lose the last commits when the power fails.",
    )
    redis_url: str | None = _setting(
        "REDIS_URL",
        values.read_redis_url,
        None,
        "Redis or Valkey. Unset, `callboard up` runs its own; without any, all works a little later.",
        mask=_without_password,
    )
    secret_key: str = _setting(
        "CALLBOARD_SECRET_KEY",
        values.read_secret,
        None,
        "Signs sessions and links. Unset, one is made and kept in the data folder.",
        mask=_hidden,
    )
    twilio_account_sid: str | None = _setting(
        "TWILIO_ACCOUNT_SID",
        values.read_sid("AC"),
        None,
        "Twilio's account. Unset, messages go to the sandbox and Twilio's webhooks answer 403.",
    )
    twilio_auth_token: str | None = _setting(
        "TWILIO_AUTH_TOKEN", values.read_text, None, "The account's token.", mask=_hidden
    )
    twilio_whatsapp_from: str | None = _setting(
        "TWILIO_WHATSAPP_FROM",
        values.read_whatsapp_sender,
        None,
        "Our WhatsApp number, with or without whatsapp: before it.",
    )
    twilio_sms_from: str | None = _setting(
        "TWILIO_SMS_FROM", values.read_sms_sender, None, "Our SMS number or short code."
    )
    twilio_messaging_service_sid: str | None = _setting(
        "TWILIO_MESSAGING_SERVICE_SID",
        values.read_sid("MG"),
        None,
        "Twilio's messaging service, which then chooses the sender.",
    )
    twilio_api_base: str = _setting(
        "TWILIO_API_BASE", values.read_base_url, "https://api.twilio.com", "Where Twilio's API is."
    )
    twilio_content_base: str = _setting(
        "TWILIO_CONTENT_BASE",
        values.read_base_url,
        "https://content.twilio.com",
        "Where Twilio's API of message templates is.",
    )
    expires_after: timedelta | Literal["never"] = _setting(
        "CALLBOARD_EXPIRES_AFTER",
        values.read_expiry,
        "P7D",
        "How long a candidate has from delivery, where a campaign says nothing else: P7D, PT12H, never.",
    )
    contact_hours: values.ContactHours = _setting(
        "CALLBOARD_CONTACT_HOURS",
        values.read_contact_hours,
        "08:00-20:00",
        "When reminders and broadcasts may go out, in the candidate's time; the end may be 24:00.",
    )
    whatsapp_rate: float = _setting(
        "CALLBOARD_WHATSAPP_RATE", values.read_rate, "80", "WhatsApp messages a second for each sender."
    )
    sms_rate: float = _setting("CALLBOARD_SMS_RATE", values.read_rate, "1", "SMS segments a second for each sender.")
    spending_cap: int | None = _setting(
        "CALLBOARD_SPENDING_CAP",
        values.read_whole(0, 10**9),
        None,
        "Most messages that may be sent in a day (UTC), but for what is owed, such as the confirmation of STOP. "
        "Those to the sandbox phone do not count. Unset, there is no limit.",
    )
    countries: frozenset[str] | None = _setting(
        "CALLBOARD_COUNTRIES",
        values.read_countries,
        None,
        "Countries that may be written to, such as ES,PT. Unset, each job's own; any for a job that names none.",
    )
    company: str = _setting(
        "CALLBOARD_COMPANY",
        str.strip,
        "our company",
        "Who we are, as candidates read it in the answer to HELP and in `{{ company.name }}`.",
    )
    webhooks_allow_private: tuple[values.Network, ...] = _setting(
        "CALLBOARD_WEBHOOKS_ALLOW_PRIVATE",
        values.read_networks,
        "off",
        "Networks beside the public internet to which outgoing webhooks may go, over http and any port too, such as "
        "10.1.0.0/16,192.168.7.5. `on` allows every address: for tests.",
    )
    smtp_url: str | None = _setting(
        "SMTP_URL",
        mail_values.read_smtp_url,
        None,
        "The mail server for invitations and new passwords: smtp+starttls://USER:PASSWORD@HOST:587, smtps:// or "
        "smtp://. Unset, mails stay in the local mailbox, a page for admins.",
        mask=_without_password,
    )
    mail_from: str = _setting(
        "MAIL_FROM",
        mail_values.read_mail_from,
        "Callboard <callboard@localhost>",
        "From whom mails come: jobs@example.org or Callboard <jobs@example.org>. With SMTP_URL it must be set.",
    )
    metrics_token: str | None = _setting(
        "CALLBOARD_METRICS_TOKEN",
        values.read_text,
        None,
        "Bearer token for /metrics. Unset, only this machine itself may read it.",
        mask=_hidden,
    )
    undo_seconds: int = _setting(
        "CALLBOARD_UNDO_SECONDS",
        values.read_whole(0, 60),
        "10",
        "How long a move made on a page can be undone: so long nothing of it happens.",
    )
    trusted_proxies: int = _setting(
        "CALLBOARD_TRUSTED_PROXIES",
        values.read_whole(0, 10),
        "0",
        "How many reverse proxies of ours stand before the web process; the last ones to write X-Forwarded-For are "
        "believed about who calls.",
    )
    log: Literal["text", "json"] = _setting(
        "CALLBOARD_LOG", values.read_word("text", "json"), "text", "Form of the log: text or json."
    )

    @property
    def twilio_connected(self) -> bool:
        """Messages really go out; otherwise they stay in the sandbox. `read_settings` refuses half of it."""
        return self.twilio_account_sid is not None


NOT_READ_YET = {
    "MAILCHIMP_API_BASE": "mail campaigns through Mailchimp",
}
"""Names that are kept for settings to come, with what they are for."""


def settings_table() -> dict[str, Setting]:
    """Return field and setting, in the order above."""
    return {declared.name: declared.metadata["setting"] for declared in fields(Settings)}
