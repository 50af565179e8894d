"""`callboard doctor`: each setting with its source, every wrong value with its remedy, never a secret."""

import re

import pytest
from sqlalchemy import update

from bot.audit import SYSTEM, record, seal_entries
from bot.db import open_database
from bot.migrate import upgrade
from bot.models import AuditEntry
from bot.runtime import Runtime
from bot.settings import NOT_READ_YET, settings_table
from bot.work import unit_of_work
from tests.bot.mailing.smtp_server import mail_server
from tests.conftest import TWILIO
from tests.operation.examining import Doctor, said_of

SECRETS = {
    "CALLBOARD_SECRET_KEY": "planted-secret-key-0123",
    "CALLBOARD_METRICS_TOKEN": "planted-metrics-token",
    "TWILIO_AUTH_TOKEN": "planted-auth-token",
    "DATABASE_URL": "postgresql://planted-user:planted?pass@127.0.0.1:1/planted_db?password=planted-query",
    "REDIS_URL": "redis://:planted-redis@127.0.0.1:1/0",
    "SMTP_URL": "smtp://planted-user:planted-password@127.0.0.1:1",
}
LONG = "planted-secret-in-the-wrong-place"
WRONG: dict[str, list[str]] = {
    "PORT": ["0", "65536", "-1", "eighty", "80 80", "1e3", "٨٠", LONG],
    "WEB_CONCURRENCY": ["0", "65", "-1", "two", "1.5", LONG],
    "DATABASE_URL": ["mysql://h/d", "x", "postgresql://h:notaport/d", "postgresql://h:99999/d", "postgresql://h",
                     "sqlite://", "sqlite:///:memory:", "postgresql:/h/d", LONG],
    "REDIS_URL": ["localhost:6379", "http://h", "redis://", "redis://h:notaport", "redis://h:99999/0", "redis://h/x", LONG],
    "CALLBOARD_DATA_DIR": ["FILE", "a\0b".replace("\0", "/" * 3 + "x" * 5000)],
    "CALLBOARD_PUBLIC_URL": ["example.org", "ftp://x", "http://u:p@x", "http://x?y", "http://x#y", "http://x:99999", "http://",
                             "https://x y", LONG],
    "CALLBOARD_SECRET_KEY": ["short"],
    "CALLBOARD_SQLITE_SYNCHRONOUS": ["OFF", "EXTRA", LONG],
    "TWILIO_ACCOUNT_SID": ["AB123", "ac123", "AC", "AC 1", LONG],
    "TWILIO_AUTH_TOKEN": ["two words"],
    "TWILIO_WHATSAPP_FROM": ["0123", "+0123", "sms:+15005550006", "Callboard", LONG],
    "TWILIO_SMS_FROM": ["+1", "Callboard", "whatsapp:+15005550006", LONG],
    "TWILIO_MESSAGING_SERVICE_SID": ["AC123", LONG],
    "TWILIO_API_BASE": ["api.twilio.com", "https://u:p@x", LONG],
    "TWILIO_CONTENT_BASE": ["content", LONG],
    "CALLBOARD_EXPIRES_AFTER": ["7", "P1Y", "P0D", "-P1D", "PT", "P400D", LONG],
    "CALLBOARD_CONTACT_HOURS": ["8-20", "20:00-08:00", "08:00-08:00", "08:00-25:00", "08:00", "08:00-24:01", LONG],
    "CALLBOARD_WHATSAPP_RATE": ["0", "-1", "nan", "inf", "1001", "1e1", "fast", LONG],
    "CALLBOARD_SMS_RATE": ["0", "nan", "1,5", LONG],
    "CALLBOARD_SPENDING_CAP": ["-1", "1.5", "none", "99999999999999", LONG],
    "CALLBOARD_TRUSTED_PROXIES": ["-1", "11", "all", "1.5", LONG],
    "CALLBOARD_COUNTRIES": ["UK", "Spain", ",", "ES;PT", LONG],
    "CALLBOARD_UNDO_SECONDS": ["-1", "61", "1.5", "ten", LONG],
    "CALLBOARD_WEBHOOKS_ALLOW_PRIVATE": ["private", "10.1.0.0/33", "10.1.2.3/16", "10.1.0.0/16;::1", LONG],
    "SMTP_URL": ["mail.example.org", "http://h", "smtp://h:x", "smtp://u@h", "smtp://h/x", LONG],
    "MAIL_FROM": ["jobs", "a@b, c@d", "Jobs", LONG],
    "CALLBOARD_METRICS_TOKEN": ["two words"],
    "CALLBOARD_LOG": ["xml", LONG],
}  # fmt: skip


def test_every_setting_is_shown_with_its_value_and_source(doctor: Doctor) -> None:
    (doctor.folder / ".env").write_text("CALLBOARD_LOG=json\n")
    result = doctor(PORT="9001")
    assert result.exit_code == 0, result.output
    for setting in settings_table().values():
        assert said_of(result.output, setting.name)
    assert re.search(r"PORT +9001 +\(environment\)", result.output)
    assert re.search(r"CALLBOARD_LOG +json +\(.env\)", result.output)
    assert re.search(r"CALLBOARD_CONTACT_HOURS +08:00-20:00 +\(default\)", result.output)
    assert re.search(r"REDIS_URL +– +\(unset\)", result.output)
    assert re.search(r"CALLBOARD_SECRET_KEY +– +\(data folder\)", result.output)
    assert "http://localhost:9001" in result.output


def test_the_doctor_makes_nothing(doctor: Doctor) -> None:
    assert doctor().exit_code == 0
    assert list(doctor.folder.iterdir()) == []


@pytest.mark.parametrize("name", WRONG)
def test_every_wrong_value_is_named_with_its_remedy_and_nothing_breaks(doctor: Doctor, name: str) -> None:
    file = doctor.folder / "file"
    file.write_text("")
    for value in WRONG[name]:
        result = doctor(**{name: value.replace("FILE", str(file))})
        assert result.exit_code == 1, (value, result.output)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        problem = said_of(result.output, name).partition("✗")[2]
        assert len(problem) > 15, (value, result.output)
        assert LONG not in result.output


def test_a_long_wrong_value_is_called_not_usable(doctor: Doctor) -> None:
    said = said_of(doctor(CALLBOARD_PUBLIC_URL=LONG).output, "CALLBOARD_PUBLIC_URL")
    assert re.search(r"^CALLBOARD_PUBLIC_URL +\(not usable\) +\(environment\)", said)


def test_the_last_line_says_whether_all_is_well(doctor: Doctor, database_url: str) -> None:
    database = open_database(database_url)
    upgrade(database)
    database.engine.dispose()
    (doctor.folder / "var").mkdir(mode=0o700)
    healthy = {"DATABASE_URL": database_url.replace("postgresql+psycopg", "postgresql")}
    last = [doctor(**healthy, **more).output.splitlines()[-1] for more in ({}, {"CALLBOARD_PORT": "1"})]
    assert last == ["All is well.", "Nothing is wrong; what is marked with ! deserves a look."]
    assert "well" not in doctor(**healthy, PORT="x").output


def test_every_setting_that_can_be_wrong_was_tried(doctor: Doctor) -> None:
    assert {setting.name for setting in settings_table().values()} - set(WRONG) == {"CALLBOARD_COMPANY"}


def test_all_problems_are_shown_at_once(doctor: Doctor) -> None:
    result = doctor(PORT="x", CALLBOARD_LOG="x", CALLBOARD_SMS_RATE="x")
    assert result.output.count("✗") == 3


def test_half_of_twilio_is_a_problem_of_what_is_missing(doctor: Doctor) -> None:
    result = doctor(TWILIO_ACCOUNT_SID="AC123")
    assert result.exit_code == 1
    for name in ("TWILIO_AUTH_TOKEN", "TWILIO_WHATSAPP_FROM"):
        assert "✗ missing" in said_of(result.output, name)


def test_secrets_are_never_shown(doctor: Doctor) -> None:
    environment = {**TWILIO, **SECRETS, "MAIL_FROM": "jobs@example.org"}
    result = doctor(**environment)
    assert "planted" not in result.output.replace("planted_db", "")
    assert said_of(result.output, "TWILIO_AUTH_TOKEN").count("secret") == 1
    for name in ("DATABASE_URL", "REDIS_URL"):
        assert "***@127.0.0.1:1/" in said_of(result.output, name)
    for name, value in SECRETS.items():
        wrong = doctor(**{**environment, name: f"{value} planted"})
        assert "planted" not in wrong.output.replace("planted_db", "")


def test_a_file_that_cannot_be_read_is_told_by_its_line_and_not_its_words(doctor: Doctor) -> None:
    (doctor.folder / ".env").write_text(f"PORT=8001\n{LONG}\nCALLBOARD_LOG='x\n")
    result = doctor()
    assert result.exit_code == 1
    assert "line 2" in result.output
    assert "line 3" in result.output
    assert LONG not in result.output


def test_misspelt_names_are_pointed_out(doctor: Doctor) -> None:
    result = doctor(CALLBOARD_SPENDING_CAPP="5", TWILIO_TOKEN=LONG)
    assert result.exit_code == 0
    assert "misspelt" in said_of(result.output, "CALLBOARD_SPENDING_CAPP")
    assert "misspelt" in said_of(result.output, "TWILIO_TOKEN")
    assert LONG not in result.output


@pytest.mark.parametrize("name", sorted(NOT_READ_YET))
def test_a_name_that_is_kept_for_later_is_not_called_misspelt(doctor: Doctor, name: str) -> None:
    result = doctor(**{name: LONG})
    assert result.exit_code == 0
    assert "no effect in this version" in said_of(result.output, name)
    assert "misspelt" not in result.output
    assert LONG not in result.output


def test_a_database_or_redis_that_does_not_answer_is_told(doctor: Doctor) -> None:
    result = doctor(DATABASE_URL="postgresql://u@127.0.0.1:1/d", REDIS_URL="redis://127.0.0.1:1/0")
    assert result.exit_code == 1
    assert "✗ the database cannot be used" in said_of(result.output, "DATABASE_URL")
    assert "✗ it does not answer" in said_of(result.output, "REDIS_URL")


@pytest.mark.unmigrated
def test_a_database_without_the_newest_tables_is_told(doctor: Doctor, database_url: str) -> None:
    database = open_database(database_url)
    with database.write():
        pass
    url = database_url.replace("postgresql+psycopg", "postgresql")
    assert "callboard db upgrade" in said_of(doctor(DATABASE_URL=url).output, "DATABASE_URL")
    upgrade(database)
    database.engine.dispose()
    result = doctor(DATABASE_URL=url)
    assert (result.exit_code, "✗" in said_of(result.output, "DATABASE_URL")) == (0, False)


def test_a_mail_server_is_asked_and_nothing_is_sent(doctor: Doctor) -> None:
    with mail_server() as script:
        environment = {"SMTP_URL": f"smtp://u:p@127.0.0.1:{script.port}", "MAIL_FROM": "jobs@example.org"}
        assert "✓ the server answers" in said_of(doctor(**environment).output, "SMTP_URL")
        script.answers["AUTH"] = b"535 5.7.8 no\r\n"
        assert "✗ the server does not accept user and password" in said_of(doctor(**environment).output, "SMTP_URL")
    assert "✗ the server cannot be reached" in said_of(doctor(**environment).output, "SMTP_URL")
    assert "MAIL" not in script.commands


def test_an_audit_log_that_was_changed_is_told(doctor: Doctor, runtime: Runtime) -> None:
    with unit_of_work(runtime) as work:
        record(work, SYSTEM, "user.created")
    with unit_of_work(runtime) as work:
        seal_entries(work)
    environment = {
        "DATABASE_URL": runtime.settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "CALLBOARD_SECRET_KEY": runtime.settings.secret_key,
    }
    assert "✓ the audit log is as it was written (entries: 1)" in said_of(doctor(**environment).output, "DATABASE_URL")
    with unit_of_work(runtime) as work:
        work.connection.execute(update(AuditEntry).values(action="user.enabled"))
    result = doctor(**environment)
    assert (result.exit_code, "entry 1 of its chain" in said_of(result.output, "DATABASE_URL")) == (1, True)


def test_a_key_that_others_may_read_is_told(doctor: Doctor) -> None:
    folder = doctor.folder / "var"
    folder.mkdir(mode=0o700)
    key = folder / "secret_key"
    key.write_text("k" * 32)
    key.chmod(0o644)
    result = doctor()
    assert result.exit_code == 1
    assert "chmod 600" in said_of(result.output, "CALLBOARD_DATA_DIR")
    key.chmod(0o600)
    assert doctor().exit_code == 0
