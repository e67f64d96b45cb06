"""The pages for people: what a stock camera opens, and the page to upload a photo or paste a code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter

from seal import finding, fixes, slips, wire
from seal.catalogue import Language
from seal.errors import FormatError
from seal.site import Fix
from seal.verdict import Verdict
from web.writing import language_of

from . import answers, question
from . import slips as slip_pages
from .context import VerifierContext
from .problems import ProblemError
from .sheet import sheet

CODES_MOST = 16
TYPED = ("position",)
MEASURED = ("latitude", "longitude", "accuracy_m", "age_s")


class SealConverter(BaseConverter):
    """A path that a seal may have: a digit, and what messages add to links. What is wrong with it, the verdict says."""

    regex = "[0-9٠-٩۰-۹][^/]*/?"


def blueprint(context: VerifierContext) -> Blueprint:
    """Return the routes for people."""
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    @pages.get("/check")
    def home() -> ResponseReturnValue:
        return render_template("home.html", lang=_language(), problem=None, text="")

    @pages.get("/<seal:path>")
    def opened(path: str) -> ResponseReturnValue:
        return _result(context, _opened(context, path), fix=None, now=context.now())

    @pages.get("/<slip:path>")
    def handed_over(path: str) -> ResponseReturnValue:
        return _result(context, _opened(context, path), fix=None, now=context.now())

    @pages.post("/check")
    def check() -> ResponseReturnValue:
        now = context.now()
        try:
            sent = question.fields(request)
        except ProblemError as problem:  # nothing of the form was read, not even its language
            return _again(problem, language_of(request.args.get("lang")))
        kept = sent.get("text", "")[: finding.LOOKED_AT]
        if other := sent.get("switch"):
            chosen = bool(sent.get("chosen") or any(file.filename for file in request.files.values()))
            return render_template("home.html", lang=language_of(other), problem=None, text=kept, chosen=chosen)
        try:
            codes = _codes(context)
            fix, wrong = _fix(now)
            if wrong and not sent.get("code"):  # no answer is there yet that its form could stand on
                raise wrong
        except ProblemError as problem:
            return _again(problem, _language(), kept=kept)
        answer = _result(context, codes, fix=fix, now=now, problem=wrong)
        return answer, (wrong.status if wrong else 200)

    return pages


def _again(problem: ProblemError, language: Language, *, kept: str = "") -> ResponseReturnValue:
    """Return the start page with what was wrong, and the text that was typed."""
    return render_template("home.html", lang=language, problem=problem, text=kept), problem.status, problem.headers


def _language() -> Language:
    return language_of(request.form.get("lang") or request.args.get("lang"))


def _opened(context: VerifierContext, path: str) -> Sequence[str]:
    """Return the code that a camera or a link opened, without what a message added to it; as it is if it is none of our form."""
    text = context.text_of_path(path, context.loaded())
    return context.find(text) or (text,)


def _codes(context: VerifierContext) -> Sequence[str]:
    """Return the codes of a submitted form: the photo's if there is one, else those that a camera read or an answer was about, which are
    taken as they are, else what is found in pasted text. Raises ProblemError.
    """
    data = question.uploaded(request, context.settings) if "image" in request.files else b""
    if data or request.files.get("image"):
        return context.read(data)
    exact = [text[: wire.TEXT_MAX + 1] for text in request.form.getlist("code")[:CODES_MOST] if text]
    codes = tuple(dict.fromkeys(exact)) or context.find("\n".join(request.form.getlist("text")))
    if not codes:
        raise ProblemError("nothing_given")
    return codes


def _fix(now: datetime) -> tuple[Fix | None, ProblemError | None]:
    """Return the position in a submitted form, None without one, and what is wrong with it; `age_s` is its age on the phone's own clock."""
    position, latitude, longitude, accuracy, age = (request.form.get(name, "").strip() for name in (*TYPED, *MEASURED))
    typed = position or (f"{latitude},{longitude}" if latitude or longitude else "")
    if not typed:
        return None, None
    if not re.fullmatch(r"[0-9]{0,5}", age):
        return None, ProblemError("fix_invalid")
    try:
        measured_at = now - timedelta(seconds=int(age or 0))
        text = f"{typed},{accuracy}" if accuracy else typed
        return fixes.parse(text, measured_at=measured_at, source="phone" if age else "typed"), None
    except FormatError as error:
        return None, ProblemError(error.code)


def _carried(fix: Fix | None, now: datetime) -> Mapping[str, str]:
    """Return the fields that ask for the same place again, as old as it was: an answer in the other language is about the same moment."""
    if fix is None:
        return {}
    age = str(int((now - fix.measured_at).total_seconds())) if fix.source == "phone" else ""
    values = (f"{fix.latitude:.12f}", f"{fix.longitude:.12f}", f"{fix.accuracy_m:.6f}", age)
    return dict(zip(MEASURED, values, strict=True))


def _result(context: VerifierContext, codes: Sequence[str], *, fix: Fix | None, now: datetime, problem: ProblemError | None = None) -> str:
    """Return the page of one or more codes: the worst first, for it is the headline. `problem` is what is wrong with a typed position."""
    language, trust = _language(), context.loaded().trust
    if all(map(slips.letter_of, codes)):  # among seals a slip has no place: it allows nothing
        return slip_pages.page(context, codes[0], language)
    verdicts = answers.worst_first(context.judge(codes, now=now, fix=fix))
    sheets = [sheet(verdict, trust=trust, language=language, fix=fix) for verdict in verdicts if isinstance(verdict, Verdict)]
    typed = {name: request.form.get(name) or request.form.get(f"typed_{name}", "") for name in ("position", "accuracy_m")}
    asked = {"codes": codes, "by_path": request.method == "GET", "carried": _carried(fix, now), "typed": typed, "problem": problem}
    return render_template("result.html", lang=language, sheets=sheets, **asked)
