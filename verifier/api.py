"""The API for programs: one question, one answer, the same object that the command line prints; and up to a hundred at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, g, request
from pydantic_core import to_json

from . import question, quota
from .context import VerifierContext
from .problems import ProblemError, as_dict
from .question import BatchItem, PictureQuestion, Question
from .quota import Policy

PATH = "/api/v1/verify"
BATCH_PATH = f"{PATH}/batch"


def blueprint(context: VerifierContext) -> Blueprint:
    """Return the routes that answer questions."""
    api = Blueprint("api", __name__)

    @api.post(PATH)
    def verify() -> Response:
        g.quota = {}
        asked = partial(question.parse, request, context.settings)
        return _json(reply(context, request.remote_addr or "", asked, g.quota))

    @api.post(BATCH_PATH)
    def batch() -> Response:
        now = context.now()
        items = question.parse_batch(request, context.settings)
        g.quota = {}
        _spend(context, "texts", request.remote_addr or "", g.quota, cost=len(items))
        context.loaded()  # without lists there is no answer to any of them
        return _json(to_json({"items": [{"index": index, **_one(context, item, now)} for index, item in enumerate(items)]}))

    @api.after_request
    def tell(response: Response) -> Response:
        response.headers.extend(g.get("quota", {}))
        return response

    return api


def reply(context: VerifierContext, address: str, ask: Callable[[], Question], told: dict[str, str]) -> bytes:
    """Return the answer to the question that `ask` reads, for whoever asks from `address`; `told` gets the headers about their quota.

    Raises ProblemError.
    """
    now = context.now()  # before a picture is read: the age of a fix counts from the question
    _spend(context, "texts", address, told)
    asked = ask()
    if isinstance(asked, PictureQuestion):
        _spend(context, "pictures", address, told)
        texts = context.read(asked.image)
    else:
        texts = context.find(asked.text)
    fix = asked.fix.fix() if asked.fix else None
    return to_json(context.answer(texts, now=now, fix=fix, check_site=asked.site))


def _one(context: VerifierContext, item: BatchItem | ProblemError, now: datetime) -> dict[str, Any]:
    """Return the answer to one question of many, or why there is none."""
    if isinstance(item, ProblemError):
        return {"id": item.about, "problem": as_dict(item)}
    try:
        answer = context.answer(context.find(item.text), now=now, fix=item.fix.fix() if item.fix else None, check_site=item.site)
    except ProblemError as problem:
        return {"id": item.id, "problem": as_dict(problem)}
    return {"id": item.id, "answer": answer}


def _spend(context: VerifierContext, policy: Policy, address: str, told: dict[str, str], *, cost: int = 1) -> None:
    """Count a question. Raises ProblemError `too_many_requests`."""
    limit = context.settings.quotas[policy]
    if not limit or quota.exempt(address):
        return
    spent = context.quota.spend(policy, address, cost, quota=limit)
    told |= quota.headers(spent, context.settings.quotas)
    if not spent.allowed:
        raise ProblemError("too_many_requests", retry_after=spent.reset)


def _json(body: bytes) -> Response:
    return Response(body, content_type="application/json")
