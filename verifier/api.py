"""The API for programs: one question, one answer, the same object that the command line prints; and up to a hundred at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, request
from pydantic_core import to_json

from . import question, quota
from .desk import Desk
from .problems import ProblemError, as_dict
from .question import BatchItem, PictureQuestion
from .quota import Policy

PATH = "/api/v1/verify"
BATCH_PATH = f"{PATH}/batch"


def blueprint(desk: Desk) -> Blueprint:
    """Return the routes that answer questions."""
    api = Blueprint("api", __name__)

    @api.post(PATH)
    def verify() -> Response:
        now = desk.now()  # before a picture is read: the age of a fix counts from the question
        _spend(desk, "texts")
        asked = question.parse(request, desk.settings)
        if isinstance(asked, PictureQuestion):
            _spend(desk, "pictures")
            texts = desk.read(asked.image)
        else:
            texts = desk.find(asked.text)
        fix = asked.fix.fix() if asked.fix else None
        return _json(desk.answer(texts, now=now, fix=fix, check_site=asked.site))

    @api.post(BATCH_PATH)
    def batch() -> Response:
        now = desk.now()
        items = question.parse_batch(request, desk.settings)
        _spend(desk, "texts", len(items))
        desk.loaded()  # without lists there is no answer to any of them
        return _json({"items": [{"index": index, **_one(desk, item, now)} for index, item in enumerate(items)]})

    @api.after_request
    def tell(response: Response) -> Response:
        response.headers.extend(g.get("quota", {}))
        return response

    return api


def _one(desk: Desk, item: BatchItem | ProblemError, now: datetime) -> dict[str, Any]:
    """Return the answer to one question of many, or why there is none."""
    if isinstance(item, ProblemError):
        return {"id": item.about, "problem": as_dict(item)}
    try:
        answer = desk.answer(desk.find(item.text), now=now, fix=item.fix.fix() if item.fix else None, check_site=item.site)
    except ProblemError as problem:
        return {"id": item.id, "problem": as_dict(problem)}
    return {"id": item.id, "answer": answer}


def _spend(desk: Desk, policy: Policy, cost: int = 1) -> None:
    """Count a question. Raises ProblemError `too_many_requests`."""
    address = request.remote_addr or ""
    limit = desk.settings.quotas[policy]
    if not limit or quota.exempt(address):
        return
    spent = desk.quota.spend(policy, address, cost, quota=limit)
    g.quota = quota.headers(spent, desk.settings.quotas)
    if not spent.allowed:
        raise ProblemError("too_many_requests", retry_after=spent.reset)


def _json(value: object) -> Response:
    return Response(to_json(value), content_type="application/json")
