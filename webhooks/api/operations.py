"""What an operation of the API is, and the three ways in which one uses the database."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from bot.runtime import Runtime
from bot.secrets_at_rest import seal, unseal
from bot.work import Work, reading, unit_of_work
from webhooks.api import idempotency
from webhooks.api.authentication import Caller, Scope

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
SEALED = "sealed"
"""In place of the members of an answer that may not be kept as it is."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it was read: who calls, the id in the path, the body and the query in their forms."""

    caller: Caller
    id: str
    body: Any
    query: Any
    repeat: idempotency.Repeat | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What is answered; *afterwards* is done once the transaction has been committed.

    Who asks for YAML gets the document *file* instead of the body.
    """

    body: BaseModel | Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    afterwards: Callable[[Runtime], None] | None = None
    file: Mapping[str, Any] | None = None
    is_secret: bool = False
    """It shows something for the only time: what is kept of it, for a request that is repeated, is encrypted."""

    def document(self) -> dict[str, Any]:
        """Return the body as plain JSON values."""
        return self.body.model_dump(mode="json") if isinstance(self.body, BaseModel) else dict(self.body)


Run = Callable[[Runtime, Call], Result]
Handler = Callable[[Work, Call], Result]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. Routes and the OpenAPI document are both made from these."""

    method: Method
    path: str
    name: str
    summary: str
    run: Run
    returns: Mapping[int, type[BaseModel]]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    body_required: bool = True
    yaml: type[BaseModel] | None = None
    """The form that is taken or given as YAML too."""
    unreadable: int = 400
    """The status for a body that is no JSON or YAML at all."""
    prepare: Callable[[Runtime, Call], None] | None = None
    """What is done before the transaction begins, such as asking a provider."""

    looks_only: bool = False
    """It changes nothing, though it is no GET."""
    only_admin: bool = False
    """It is for keys that may do everything."""

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What a key must be allowed to do: one of these."""
        if self.only_admin:
            return ("admin",)
        if self.looks_only:
            return "read", "write"
        return ("read",) if self.method == "GET" else ("write",)


def reads(handler: Handler) -> Run:
    """Let *handler* read in one transaction."""

    def run(runtime: Runtime, call: Call) -> Result:
        with reading(runtime) as work:
            return handler(work, call)

    return run


def writes(handler: Handler) -> Run:
    """Let *handler* write in one transaction; the answer to a repeated request is kept in the same one."""

    def run(runtime: Runtime, call: Call) -> Result:
        with unit_of_work(runtime) as work:
            if (before := _before(work, call)) is not None:
                return before
            result = handler(work, call)
            _keep(work, call, result)
            return result

    return run


def owns(run_alone: Run) -> Run:
    """Let *run_alone* open its own transactions; for what leaves nothing behind."""

    def run(runtime: Runtime, call: Call) -> Result:
        with unit_of_work(runtime) as work:
            if (before := _before(work, call)) is not None:
                return before
        result = run_alone(runtime, call)
        with unit_of_work(runtime) as work:
            _keep(work, call, result)
        return result

    return run


def _before(work: Work, call: Call) -> Result | None:
    if call.repeat is None:
        return None
    kept = idempotency.earlier(work, call.repeat)
    if kept is None:
        return None
    body = kept.body
    if body.keys() == {SEALED}:
        body = json.loads(unseal(work.settings.secret_key, SEALED, body[SEALED]))
    return Result(body, kept.status, {"Idempotent-Replayed": "true"})


def _keep(work: Work, call: Call, result: Result) -> None:
    if call.repeat is None:
        return
    body = result.document()
    if result.is_secret:
        body = {SEALED: seal(work.settings.secret_key, SEALED, json.dumps(body))}
    idempotency.keep(work, call.repeat, result.status, body)
