"""Whatever people write is kept and shown as it was written, in every field and in the chat."""

import json
import unicodedata
from typing import Any

import pytest

from tests.webhooks.api.conftest import ANN, BEN, Api, fields_of
from tests.webhooks.api.test_odd_bodies import WRITING, a_good_body, address, places, with_another, world
from webhooks.api.operations import Operation

NAUGHTY = [
    "\u202eevil\u202c \u2066x\u2069", "👩‍👩‍👧‍👦👍🏽🏳️‍🌈", "Z" + "\u0301" * 150, "' OR '1'='1'; DROP TABLE messages; --", "%s %d %(x)s {0} {x}",
    "{{ 7*7 }}", "{% for x in y %}", "${7*7} #{7*7}", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
    "../../etc/passwd", "=1+1", "@SUM(A1)", "\\x00\\u0000\\", "null", "undefined", "NaN", "1e999", "-0", "true", "[]", "\ufeffBOM",
    "a\u0000b".replace("\u0000", "\u0001"), "\u200b\u200c\u200d", "ﬁ ① Ⅻ", "ß İ ı", "سلام عليكم", "𝕳𝖊𝖑𝖑𝖔", "\U0010ffff", "\ud7ff\ue000", "\r\n\t|",
    "日本語テキスト", "test⁠test", "$(reboot)", "`reboot`", "A" * 190,
]  # fmt: skip
TYPED = {"type", "language", "time_zone", "default_country", "channels", "channel", "phone", "email", "job", "stage",
         "at", "applications", "state", "external_id"}  # fmt: skip
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def texts(body: Any) -> list[tuple[Any, ...]]:
    """Return the way to each free text of a body, campaigns left out."""
    return [path for path in places(body)
            if isinstance(inside(body, path), str) and not {"campaign", "consents", *TYPED} & set(path)]  # fmt: skip


def inside(body: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        body = body[step]
    return body


def shown(value: str) -> str:
    """Return *value* as it is kept: blanks at both ends do not count."""
    return value.strip()


SHOWN = [
    operation
    for operation in WRITING
    if operation.name in {"createJob", "changeJob", "cloneJob", "changeCandidate", "holdConversation", "writeMessage"}
]


@pytest.mark.parametrize("operation", SHOWN, ids=lambda operation: operation.name)
def test_every_text_comes_back_as_it_was_written(api: Api, operation: Operation) -> None:
    ids = world(api)
    good = a_good_body(operation, ids)
    for path in texts(good):
        for word in NAUGHTY:
            body = with_another(good, path, word)
            answer = api.call(operation.method, address(operation, ids), body)
            if not shown(word):
                assert answer.status_code < 500
                continue
            assert answer.status_code < 300, (path, word, answer.text)
            assert {word, shown(word)} & set(values(answer.json)), (path, word)


def values(document: Any) -> list[Any]:
    return [document] if isinstance(document, str) else [v for each in parts(document) for v in values(each)]


def parts(document: Any) -> list[Any]:
    return list(document.values()) if isinstance(document, dict) else document if isinstance(document, list) else []


@ONLY_SQLITE
def test_the_texts_of_an_application_come_back_with_its_candidate(api: Api) -> None:
    job = api.job()
    for number, word in enumerate(NAUGHTY):
        person = {"first_name": word, "last_name": word, "city": word, "fields": {"note": word, word[:60]: [word]}}
        answer = api.call("POST", "/applications", {
            "job": job["id"], "stage": job["stages"][0]["id"], "external_id": word,
            "candidate": {"phone": f"+1415555{1000 + number}", **person}})  # fmt: skip
        if not shown(word):
            continue
        assert answer.status_code == 201, answer.text
        candidate = api.get(f"/candidates/{answer.json['candidate']}")
        assert (candidate["first_name"], candidate["last_name"], candidate["city"]) == (shown(word),) * 3
        assert candidate["fields"] == person["fields"]
        assert api.get(f"/applications/{answer.json['id']}")["external_id"] == word


def test_every_line_of_the_chat_is_kept_as_it_was_written(api: Api) -> None:
    made = api.apply(api.job())
    lines = [*NAUGHTY, "x" * 4096, "Z" + "\u0301" * 4000, "😀" * 2000, "\n" * 100 + "x"]
    for line in lines:
        api.says(line)
    heard = [m["text"] for m in pages(api, f"/candidates/{made['candidate']}/messages") if m["direction"] == "incoming"]
    assert heard == lines


def pages(api: Api, path: str) -> list[Any]:
    """Return all items of a list."""
    items: list[Any] = []
    page = api.get(f"{path}?limit=7")
    for _ in range(1000):
        items += page["items"]
        if page["next"] is None:
            return items
        page = api.get(f"{path}?limit=7&cursor={page['next']}")
    raise AssertionError("the list has no end")


@ONLY_SQLITE
def test_an_answer_is_kept_raw_and_said_back_without_being_a_template(api: Api) -> None:
    made = api.apply(api.job(), candidate={"first_name": "{{ 7*7 }} {% x"})
    api.says("go")
    api.says("no")
    api.says("{{ candidate.first_name }}<b>")
    answers = api.get(f"/enrolments/{made['enrolment']}/answers")["items"]
    assert answers[-1]["raw"] == "{{ candidate.first_name }}<b>"
    welcome = api.get(f"/candidates/{made['candidate']}/messages")["items"][0]
    assert welcome["text"] == "Hi {{ 7*7 }} {% x, shall we start?"


@ONLY_SQLITE
@pytest.mark.parametrize(
    "operation", [o for o in WRITING if o.name != "storeCampaign"], ids=lambda operation: operation.name
)
def test_nul_and_half_characters_are_refused_by_their_place(api: Api, operation: Operation) -> None:
    ids = world(api)
    good = a_good_body(operation, ids)
    for path in [path for path in places(good) if isinstance(inside(good, path), str)]:
        for word in ("\0", "a\0b", "\ud800", "\udfff"):
            refused = api.call(operation.method, address(operation, ids), with_another(good, path, word))
            assert refused.status_code == 422, (path, word)
            place = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in path).removeprefix(".")
            assert fields_of(refused.json) == [place]


WRONG: list[Any] = [None, True, 7, 1.5, "text", [], {}, [[]], {"a": 1}]


@ONLY_SQLITE
@pytest.mark.parametrize("operation", WRITING, ids=lambda operation: operation.name)
def test_a_value_of_the_wrong_type_is_named_by_its_field(api: Api, operation: Operation) -> None:
    ids = world(api)
    good = a_good_body(operation, ids)
    for path in places(good):
        if "campaign" in path or operation.name == "storeCampaign" or "fields" in path:
            continue
        for value in WRONG:
            answer = api.call(operation.method, address(operation, ids), with_another(good, path, value))
            assert answer.status_code < 500
            if answer.status_code == 422:
                top = str(path[0])
                assert any(field.split(".")[0].split("[")[0] == top for field in fields_of(answer.json)), (
                    path,
                    value,
                    answer.json,
                )


@ONLY_SQLITE
def test_all_wrong_fields_are_named_at_once(api: Api) -> None:
    body = {
        "title": 5,
        "stages": [{"name": "", "type": "x"}, {"type": "form", "more": 1}],
        "channels": ["fax"],
        "odd": 1,
    }
    refused = api.call("POST", "/jobs", body)
    assert refused.status_code == 422
    assert set(fields_of(refused.json)) == {"title", "stages[0].name", "stages[0].type", "stages[1].name",
                                            "stages[1].more", "channels[0]", "odd"}  # fmt: skip


@ONLY_SQLITE
def test_huge_and_deep_bodies_are_refused_quickly(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.key}", "Content-Type": "application/json"}
    deep = b'{"title":' + b"[" * 900 + b"]" * 900 + b"}"
    wide = json.dumps({"title": "x", "stages": [{"name": "a", "type": "form"}] * 20_000}).encode()
    keys = json.dumps({f"k{n}": n for n in range(100_000)}).encode()
    for raw, status in ((deep, 422), (wide, 422), (keys, 422), (b"[" * 1_500_000, 400), (b'{"a":' * 50_000, 400),
                        (b'{"title": 1e999}', 422), (b'{"title": Infinity}', 400), (b'{"title": "a", "title": "b"}', 400),
                        (json.dumps({"k" * 1_000_000: 1}).encode(), 422), (b"\xef\xbb\xbf{}", 400), ('{"title": "é"}'.encode("latin-1"), 400), (b"{}", 422)):  # fmt: skip
        answer = api.client.post("/api/v1/jobs", data=raw, headers=headers)
        assert answer.status_code == status, raw[:30]
        assert len(answer.data) < 20_000
        assert answer.json["detail"]


def test_the_list_of_naughty_words_holds_what_it_promises() -> None:
    assert not [word for word in NAUGHTY if "\0" in word or any(unicodedata.category(c) == "Cs" for c in word)]
    assert ANN != BEN
