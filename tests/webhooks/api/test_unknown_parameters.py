"""A parameter that an operation does not know is refused wherever it stands: unheeded, it could do harm."""

from typing import Any

import pytest

from tests.webhooks.api.conftest import Api, fields_of
from webhooks.api import OPERATIONS
from webhooks.api.operations import Operation


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("query", ["colour=red", "colour="])
def test_every_operation_refuses_a_parameter_that_it_does_not_know(api: Api, operation: Operation, query: str) -> None:
    path = operation.path.replace("{id}", "none")
    refused = api.call(operation.method, f"{path}?{query}", {} if operation.body else None)
    assert (refused.status_code, fields_of(refused.json)) == (422, ["colour"])
    assert "there is no such parameter here; " in refused.json["detail"]


def test_send_beside_the_body_sends_nothing(api: Api) -> None:
    job = api.job()
    candidate = {"first_name": "Ann", "last_name": "Silva", "phone": "+14155550101"}
    body = {"job": job["id"], "stage": job["stages"][1]["id"], "candidate": candidate}
    refused = api.call("POST", "/applications?send=false", body)
    assert refused.status_code == 422
    assert refused.json["errors"] == [
        {"field": "send", "message": "there is no such parameter here; it is a field: write it in the body"}
    ]
    assert api.get("/applications")["items"] == []


def test_the_description_refuses_one_too_and_says_so_of_all(api: Api) -> None:
    assert api.call("GET", "/openapi.json?x=1").status_code == 422
    described: Any = api.get("/openapi.json")
    assert "parameter that is not listed" in described["info"]["description"]
