"""The API for programs: one question, one answer, the same object that the command line prints."""

from __future__ import annotations

from flask import Blueprint, Response, request
from pydantic_core import to_json

from seal.verdict import answer

from . import question
from .desk import Desk
from .problems import ProblemError
from .question import PictureQuestion

PATH = "/api/v1/verify"


def blueprint(desk: Desk) -> Blueprint:
    """Return the route that answers questions."""
    api = Blueprint("api", __name__)

    @api.post(PATH)
    def verify() -> Response:
        now = desk.now()  # before a picture is read: the age of a fix counts from the question
        asked = question.parse(request, desk.settings)
        texts = desk.read(asked.image) if isinstance(asked, PictureQuestion) else desk.find(asked.text)
        if not texts:
            raise ProblemError("nothing_given")
        fix = asked.fix.fix() if asked.fix else None
        verdicts = desk.judge(texts, now=now, fix=fix, check_site=asked.site)
        return Response(to_json(answer(verdicts)), content_type="application/json")

    return api
