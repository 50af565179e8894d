"""Settings: read, refused with the remedy, explained, and secrets kept."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.errors import SettingsError
from bot.settings import ContactHours, Making, explain, read_settings, settings_table
from bot.settings.dotenv import parse_dotenv
from bot.settings.secret_key import kept_secret_key

TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC0123456789abcdef",
    "TWILIO_AUTH_TOKEN": "to-ken",
    "TWILIO_WHATSAPP_FROM": "whatsapp:+34 600-111-222",
}


@pytest.fixture
def read(tmp_path):
    def read(dotenv=None, **environ):
        return read_settings({"CALLBOARD_DATA_DIR": str(tmp_path), **environ}, dotenv)

    return read


def problem_of(read, name, text):
    with pytest.raises(SettingsError) as caught:
        read(**{name: text})
    lines = [line.strip() for line in str(caught.value).splitlines()[1:]]
    assert [line.partition(":")[0] for line in lines] == [name]
    return lines[0]


def test_without_any_setting_everything_has_its_documented_default(read, tmp_path):
    settings = read()
    assert settings.port == 8000
    assert settings.public_url == "http://localhost:8000"
    assert settings.database_url == f"sqlite:///{tmp_path}/callboard.db"
    assert (settings.redis_url, settings.spending_cap, settings.countries) == (None, None, None)
    assert (settings.whatsapp_rate, settings.sms_rate) == (80, 1)
    assert settings.expires_after == timedelta(days=7)
    assert settings.contact_hours == ContactHours(480, 1200)
    assert (settings.sqlite_synchronous, settings.log) == ("FULL", "text")
    assert not settings.twilio_connected


def test_the_environment_wins_over_the_file_and_blank_counts_as_unset(read, tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_text("PORT=9001\nCALLBOARD_LOG=json\nCALLBOARD_SMS_RATE=2.5\n")
    settings = read(dotenv, PORT="9002", CALLBOARD_LOG="  ")
    assert (settings.port, settings.log, settings.sms_rate) == (9002, "json", 2.5)
    assert settings.public_url == "http://localhost:9002"


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("DATABASE_URL", "postgres://u:p@h/db", "database_url", "postgresql+psycopg://u:p@h/db"),
        (
            "DATABASE_URL",
            "postgresql://h/db?sslmode=require",
            "database_url",
            "postgresql+psycopg://h/db?sslmode=require",
        ),
        ("DATABASE_URL", "sqlite:////tmp/x.db", "database_url", "sqlite:////tmp/x.db"),
        (
            "CALLBOARD_PUBLIC_URL",
            "https://Example.org:8443/jobs/",
            "public_url",
            "https://Example.org:8443/jobs",
        ),
        ("CALLBOARD_PUBLIC_URL", "http://[::1]:80", "public_url", "http://[::1]:80"),
        ("CALLBOARD_EXPIRES_AFTER", "PT2S", "expires_after", timedelta(seconds=2)),
        ("CALLBOARD_EXPIRES_AFTER", "Never", "expires_after", "never"),
        ("CALLBOARD_CONTACT_HOURS", "00:00-24:00", "contact_hours", ContactHours(0, 1440)),
        ("CALLBOARD_COUNTRIES", "es, PT,gb", "countries", frozenset({"ES", "PT", "GB"})),
        ("CALLBOARD_SPENDING_CAP", "0", "spending_cap", 0),
        ("CALLBOARD_SQLITE_SYNCHRONOUS", "normal", "sqlite_synchronous", "NORMAL"),
        ("REDIS_URL", "unix:///run/redis.sock", "redis_url", "unix:///run/redis.sock"),
        ("CALLBOARD_WHATSAPP_RATE", "0.5", "whatsapp_rate", 0.5),
    ],
)
def test_good_values_are_read(read, name, text, field, value):
    assert getattr(read(**{name: text}), field) == value


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [
        ("PORT", "0", "from 1 to 65535"),
        ("PORT", "eighty", "whole number"),
        ("DATABASE_URL", "mysql://h/db", "postgresql://"),
        ("DATABASE_URL", "callboard.db", "sqlite:///FILE"),
        ("REDIS_URL", "localhost:6379", "redis://HOST"),
        ("CALLBOARD_PUBLIC_URL", "example.org", "https://example.org"),
        ("CALLBOARD_PUBLIC_URL", "http://u:p@example.org", "without user"),
        ("CALLBOARD_PUBLIC_URL", "http://[", "https://example.org"),
        ("CALLBOARD_EXPIRES_AFTER", "P1Y", "months and years"),
        ("CALLBOARD_EXPIRES_AFTER", "PT0S", "from PT1S"),
        ("CALLBOARD_EXPIRES_AFTER", "P400D", "P366D"),
        ("CALLBOARD_CONTACT_HOURS", "20:00-08:00", "08:00-20:00"),
        ("CALLBOARD_CONTACT_HOURS", "08:00-24:30", "08:00-20:00"),
        ("CALLBOARD_CONTACT_HOURS", "8-20", "08:00-20:00"),
        ("CALLBOARD_COUNTRIES", "UK", "two-letter codes"),
        ("CALLBOARD_COUNTRIES", ",", "two-letter codes"),
        ("CALLBOARD_SMS_RATE", "0", "above 0"),
        ("CALLBOARD_SMS_RATE", "nan", "above 0"),
        ("CALLBOARD_SPENDING_CAP", "-1", "whole number"),
        ("CALLBOARD_LOG", "xml", "text or json"),
        ("CALLBOARD_SECRET_KEY", "short", "at least 16"),
        ("CALLBOARD_METRICS_TOKEN", "two words", "remove the blank"),
    ],
)
def test_a_wrong_value_is_refused_with_its_remedy(read, name, text, remedy):
    assert remedy in problem_of(read, name, text)


def test_all_problems_are_told_at_once(read, tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_text("PORT=9001\nnot a line\n")
    with pytest.raises(SettingsError) as caught:
        read(dotenv, PORT="x", CALLBOARD_LOG="y", REDIS_URL="z")
    text = str(caught.value)
    assert all(name in text for name in ("PORT:", "CALLBOARD_LOG:", "REDIS_URL:", ".env: line 2:"))


def test_twilio_is_connected_with_account_token_and_a_sender(read):
    settings = read(**TWILIO)
    assert settings.twilio_connected
    assert settings.twilio_whatsapp_from == "+34600111222"


@pytest.mark.parametrize("sender", ["TWILIO_SMS_FROM", "TWILIO_MESSAGING_SERVICE_SID"])
def test_any_one_sender_is_enough(read, sender):
    value = {"TWILIO_SMS_FROM": "12345", "TWILIO_MESSAGING_SERVICE_SID": "MG0123456789"}[sender]
    assert read(**{name: TWILIO[name] for name in list(TWILIO)[:2]}, **{sender: value}).twilio_connected


@pytest.mark.parametrize("missing", TWILIO)
def test_half_of_twilio_is_refused_and_what_is_missing_is_named(read, missing):
    with pytest.raises(SettingsError, match=f"{missing}: missing"):
        read(**{name: value for name, value in TWILIO.items() if name != missing})


def test_whoever_has_set_no_sender_is_told_that_one_of_sms_will_do(read):
    with pytest.raises(
        SettingsError, match=r"Any one sender will do: this, TWILIO_SMS_FROM or TWILIO_MESSAGING_SERVIC"
    ):
        read(**{name: TWILIO[name] for name in list(TWILIO)[:2]})


@pytest.mark.parametrize("sender", ["Callboard", "0034600111222", "+0600111222", "whatsapp:"])
def test_a_sender_that_nobody_can_answer_is_refused(read, sender):
    with pytest.raises(SettingsError, match=r"TWILIO_WHATSAPP_FROM: .* is no number"):
        read(**{**TWILIO, "TWILIO_WHATSAPP_FROM": sender})


def test_secrets_are_in_no_repr_and_no_explanation(read, tmp_path):
    secrets = {
        "CALLBOARD_SECRET_KEY": "sesame-" * 4,
        "CALLBOARD_METRICS_TOKEN": "sesame-metrics",
        "DATABASE_URL": "postgresql://ann:sesame@h/db?password=sesame",
        "REDIS_URL": "redis://:sesame@h:6379/0",
        **TWILIO,
        "TWILIO_AUTH_TOKEN": "sesame-twilio",
    }
    settings = read(**secrets)
    rows = explain({"CALLBOARD_DATA_DIR": str(tmp_path), **secrets})
    assert "sesame" not in repr(settings) + repr(rows)
    assert {row.name: row.shown for row in rows}["DATABASE_URL"] == "postgresql+psycopg://***@h/db"


def test_a_wrong_secret_is_not_repeated_in_the_error(read):
    for name in ("DATABASE_URL", "REDIS_URL", "CALLBOARD_METRICS_TOKEN", "CALLBOARD_SECRET_KEY"):
        assert "sesame" not in problem_of(read, name, "sesame x").removeprefix(name)


def test_explain_says_where_each_came_from_and_makes_nothing(tmp_path):
    folder = tmp_path / "not-yet"
    dotenv = tmp_path / ".env"
    dotenv.write_text("CALLBOARD_LOG=json\nPORT=no\n")
    rows = {row.name: row for row in explain({"CALLBOARD_DATA_DIR": str(folder)}, dotenv)}
    assert len(rows) == len(settings_table())
    assert (rows["CALLBOARD_DATA_DIR"].source, rows["CALLBOARD_DATA_DIR"].shown) == (
        "environment",
        str(folder),
    )
    assert (rows["CALLBOARD_LOG"].source, rows["CALLBOARD_LOG"].shown) == (".env", "json")
    assert rows["PORT"].problem
    assert (rows["CALLBOARD_PUBLIC_URL"].source, rows["CALLBOARD_PUBLIC_URL"].shown) == (
        "default",
        "http://localhost:8000",
    )
    assert rows["CALLBOARD_SECRET_KEY"].source == "data folder"
    assert rows["REDIS_URL"].source == "unset"
    assert not folder.exists()


def test_the_secret_key_is_made_once_and_kept_from_others(read, tmp_path):
    key = read().secret_key
    assert len(key) == 43
    assert read().secret_key == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_many_at_once_agree_on_one_secret_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: kept_secret_key(tmp_path / "new"), range(24)))
    assert len(keys) == 1


def test_a_data_folder_that_cannot_be_made_is_a_settings_error(read, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"CALLBOARD_DATA_DIR: .* or set CALLBOARD_SECRET_KEY"):
        read(CALLBOARD_DATA_DIR=str(tmp_path / "file" / "inside"))


def test_a_given_secret_key_leaves_the_folder_alone(read, tmp_path):
    assert read(CALLBOARD_SECRET_KEY="k" * 32).secret_key == "k" * 32
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=1", "1"),
        ("export A = 1 # why", "1"),
        ("A=a#b", "a#b"),
        ("A=", ""),
        ("A= # nothing", ""),
        ("A='x # \"y\"' # z", 'x # "y"'),
        (r'A="line\n\"two\" \\"', 'line\n"two" \\'),
        ("A=$HOME", "$HOME"),
    ],
)
def test_lines_of_dotenv(line, value):
    assert parse_dotenv(f"# first\n\n{line}\r\n") == ({"A": value}, ())


@pytest.mark.parametrize("line", ["A", "1A=x", "A='x", 'A="x" y', 'A="x\\"', "-A=1"])
def test_a_line_of_dotenv_that_cannot_be_read_is_named_by_number(line):
    values, problems = parse_dotenv(f"B=2\n{line}")
    assert values == {"B": "2"}
    assert problems[0].startswith("line 2:")


def test_a_dotenv_that_is_not_text_is_a_problem_not_a_crash(read, tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="UTF-8"):
        read(dotenv)


def test_every_setting_has_a_name_and_a_help_of_its_own():
    settings = settings_table().values()
    assert len({setting.name for setting in settings}) == len(settings)
    assert all(setting.help.endswith(".") or "text or json" in setting.help for setting in settings)


@pytest.mark.parametrize("making", [Making.KEY, Making.NOTHING])
def test_where_nothing_may_be_made_a_missing_installation_is_told_by_its_folder_with_the_remedy(tmp_path, making):
    folder = tmp_path / "var"
    with pytest.raises(SettingsError) as caught:
        read_settings({"CALLBOARD_DATA_DIR": str(folder)}, making=making)
    for word in (str(folder), "callboard.db", "`callboard up`", "CALLBOARD_DATA_DIR", "DATABASE_URL"):
        assert word in str(caught.value)
    assert not folder.exists()


@pytest.mark.parametrize(("making", "kept"), [(Making.INSTALLATION, True), (Making.KEY, True), (Making.NOTHING, False)])
def test_beside_a_database_elsewhere_only_what_signs_makes_a_key(tmp_path, making, kept):
    environ = {"CALLBOARD_DATA_DIR": str(tmp_path / "var"), "DATABASE_URL": "postgresql://u@h/d"}
    assert len(read_settings(environ, making=making).secret_key) >= 16
    assert (tmp_path / "var").exists() == kept


def test_what_may_make_nothing_uses_the_key_that_is_kept(tmp_path):
    kept = kept_secret_key(tmp_path)
    (tmp_path / "callboard.db").touch()
    assert read_settings({"CALLBOARD_DATA_DIR": str(tmp_path)}, making=Making.NOTHING).secret_key == kept
