"""The pages for people: what a stock camera opens, and the page to upload a photo or paste a code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter

from seal import fixes, receipt, wire
from seal.errors import FormatError
from seal.sentences import Language
from seal.site import Fix
from seal.verdict import Verdict
from web.writing import language_of

from . import answers, question, receipts
from .desk import Desk
from .problems import ProblemError
from .sheet import sheet

TEXTS_MOST = 16
#: White space, and characters that direct or join text: what phones add when a code is shared.
ADDED = re.compile("[\\s\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
WITHOUT_SCHEME = re.compile(r"[A-Za-z0-9.-]{1,60}(?::[0-9]{1,5})?/R?[0-9]+")
ASCII_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩٫", "0123456789.")


class SealConverter(BaseConverter):
    """A path that a seal may have: a digit, then anything but a slash. What is wrong with it, the verdict says."""

    regex = "[0-9][^/]*"


def pasted(text: str) -> str:
    """Return pasted text as the code holds it: nothing that phones add, no query, no fragment, with its scheme."""
    bare = re.split(r"[?#]", ADDED.sub("", text), maxsplit=1)[0]
    return f"https://{bare}" if WITHOUT_SCHEME.fullmatch(bare) else bare


def blueprint(desk: Desk) -> Blueprint:
    """Return the routes for people."""
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    @pages.get("/check")
    def home() -> ResponseReturnValue:
        return render_template("home.html", lang=_language(), problem=None, text="")

    @pages.get("/<seal:path>")
    def opened(path: str) -> ResponseReturnValue:
        return _result(desk, [desk.text_of_path(path, desk.loaded())], fix=None, now=desk.now())

    @pages.get("/<receipt:path>")
    def received(path: str) -> ResponseReturnValue:
        return receipts.page(desk, desk.text_of_path(path, desk.loaded()), _language())

    @pages.post("/check")
    def check() -> ResponseReturnValue:
        now = desk.now()
        try:
            sent = question.fields(request)
        except ProblemError as problem:  # nothing of the form was read, not even its language
            return _again(problem, language_of(request.args.get("lang")))
        try:
            fix = _fix(now)
            return _result(desk, _texts(desk), fix=fix, now=now)
        except ProblemError as problem:
            return _again(problem, _language(), kept=sent.get("text", "")[: wire.TEXT_MAX])

    return pages


def _again(problem: ProblemError, language: Language, *, kept: str = "") -> ResponseReturnValue:
    """Return the start page with what was wrong, and the text that was typed."""
    return render_template("home.html", lang=language, problem=problem, text=kept), problem.status, problem.headers


def _language() -> Language:
    return language_of(request.form.get("lang") or request.args.get("lang"))


def _texts(desk: Desk) -> Sequence[str]:
    """Return the codes of a submitted form: the photo's if there is one, else what was pasted. Raises ProblemError."""
    data = question.uploaded(request, desk.settings) if "image" in request.files else b""
    if data or request.files.get("image"):
        return desk.read(data)
    given = [pasted(text[: 2 * wire.TEXT_MAX]) for text in request.form.getlist("text")[:TEXTS_MOST]]
    texts = [text for text in dict.fromkeys(given) if text]
    if not texts:
        raise ProblemError("nothing_given")
    return texts


def _fix(now: datetime) -> Fix | None:
    """Return the position in a submitted form, None without one; `age_s` is its age on the phone's own clock. Raises ProblemError."""
    latitude, longitude, accuracy, age = (
        request.form.get(name, "").translate(ASCII_DIGITS).strip() for name in ("latitude", "longitude", "accuracy_m", "age_s")
    )
    if not latitude and not longitude:
        return None
    if not re.fullmatch(r"[0-9]{0,5}", age):
        raise ProblemError("fix_invalid")
    try:
        measured_at = now - timedelta(seconds=int(age or 0))
        return fixes.parse(f"{latitude},{longitude},{accuracy}", measured_at=measured_at, source="phone" if age else "typed")
    except FormatError as error:
        raise ProblemError(error.code) from error


def _result(desk: Desk, texts: Sequence[str], *, fix: Fix | None, now: datetime) -> ResponseReturnValue:
    """Return the page of one or more codes: the worst first, for it is the headline."""
    language, trust = _language(), desk.loaded().trust
    if all(map(receipt.ours, texts)):  # among seals a receipt has no place: it allows nothing
        return receipts.page(desk, texts[0], language)
    verdicts = answers.worst_first(desk.judge(texts, now=now, fix=fix))
    sheets = [sheet(verdict, trust=trust, language=language, fix=fix) for verdict in verdicts if isinstance(verdict, Verdict)]
    return render_template("result.html", lang=language, sheets=sheets, texts=texts, by_path=request.method == "GET")


