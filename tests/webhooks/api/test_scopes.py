"""What a key may do: looking takes `read`, and a preview is but a look."""

from tests.webhooks.api.conftest import Api, api_of
from webhooks.api import OPERATIONS


def test_a_key_that_may_only_read_may_ask_what_a_move_would_do_and_not_move(api: Api) -> None:
    job = api.job()
    made = api.apply(job)
    body = {"applications": [made["id"]], "stage": job["stages"][2]["id"]}
    reader = api_of(api.runtime, "read")
    before = api.get(f"/applications/{made['id']}")
    assert reader.post("/moves/preview", body, 200)["items"][0]["application"] == made["id"]
    assert api.get(f"/applications/{made['id']}") == before
    refused = reader.post("/moves", body, 403)
    assert refused["detail"] == "this API key lacks the scope 'write'"
    assert api_of(api.runtime, "write").call("POST", "/moves/preview", body).status_code == 200


def test_only_a_preview_takes_either_scope() -> None:
    assert [operation.name for operation in OPERATIONS if len(operation.scopes) > 1] == ["previewMoves"]
