"""The API for programs: one question, one answer, the same object that the command line prints; and up to a hundred at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, request
from pydantic_core import to_json

from . import question, quota
from .context import VerifierContext
from .problems import ProblemError, as_dict
from .question import BatchItem, PictureQuestion
from .quota import Policy

PATH = "/api/v1/verify"
BATCH_PATH = f"{PATH}/batch"


def blueprint(context: VerifierContext) -> Blueprint:
    """Return the routes that answer questions."""
    api = Blueprint("api", __name__)

    @api.post(PATH)
    def verify() -> Response:
        now = context.now()  # before a picture is read: the age of a fix counts from the question
        _spend(context, "texts")
        asked = question.parse(request, context.settings)
        if isinstance(asked, PictureQuestion):
            _spend(context, "pictures")
            texts = context.read(asked.image)
        else:
            texts = context.find(asked.text)
        fix = asked.fix.fix() if asked.fix else None
        return _json(context.answer(texts, now=now, fix=fix, check_site=asked.site))

    @api.post(BATCH_PATH)
    def batch() -> Response:
        now = context.now()
        items = question.parse_batch(request, context.settings)
        _spend(context, "texts", len(items))
        context.loaded()  # without lists there is no answer to any of them
        return _json({"items": [{"index": index, **_one(context, item, now)} for index, item in enumerate(items)]})

    @api.after_request
    def tell(response: Response) -> Response:
        response.headers.extend(g.get("quota", {}))
        return response

    return api


def _one(context: VerifierContext, item: BatchItem | ProblemError, now: datetime) -> dict[str, Any]:
    """Return the answer to one question of many, or why there is none."""
    if isinstance(item, ProblemError):
        return {"id": item.about, "problem": as_dict(item)}
    try:
        answer = context.answer(context.find(item.text), now=now, fix=item.fix.fix() if item.fix else None, check_site=item.site)
    except ProblemError as problem:
        return {"id": item.id, "problem": as_dict(problem)}
    return {"id": item.id, "answer": answer}


def _spend(context: VerifierContext, policy: Policy, cost: int = 1) -> None:
    """Count a question. Raises ProblemError `too_many_requests`."""
    address = request.remote_addr or ""
    limit = context.settings.quotas[policy]
    if not limit or quota.exempt(address):
        return
    spent = context.quota.spend(policy, address, cost, quota=limit)
    g.quota = quota.headers(spent, context.settings.quotas)
    if not spent.allowed:
        raise ProblemError("too_many_requests", retry_after=spent.reset)


def _json(value: object) -> Response:
    return Response(to_json(value), content_type="application/json")
