"""`khatm verify` and `khatm token`: a verdict at the command line. An edge: it reads the clock, files and standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

import published
from published import Loaded, Memory
from seal import claims, cose, days, fixes, sentences, wire
from seal.catalogue import Language
from seal.errors import FormatError, ListError, SealError
from seal.notices import Notice
from seal.trust import Name
from seal.verdict import Verdict
from web import clock
from web.moments import Moment

from . import answers, inputs, words
from .answers import Judged
from .inputs import Given

#: By decision. A receipt or a notice licenses nothing, so it is no success.
EXIT = {"valid": 0, "invalid": 1, "undecided": 3, "receipt": 3, "notice": 3}
REFUSED = 2  # wrong use, or something that could not be looked at: then not everything has its verdict
NO_LICENSE = 4  # nothing that was given is a license code
_WORST_FIRST = (REFUSED, 1, 3, NO_LICENSE, 0)


def _refuse(code: str, *, detail: str = "") -> NoReturn:
    """End with a sentence in both languages and exit code 2."""
    raise click.UsageError(f"{code}: {words.say(code, 'en')} / {words.say(code, 'ar')}" + (f" ({detail})" if detail else ""))


@click.command()
@click.argument("arguments", nargs=-1, required=True, metavar="TEXT|IMAGE|-...")
@click.option("--published", "folder", type=click.Path(path_type=Path), default=Path("var/published"), show_default=True)
@click.option("--root", type=click.Path(path_type=Path), help="Pinned root; else root.cose or root.jwk beside the published folder.")
@click.option("--state", type=click.Path(path_type=Path), help="Remember the newest lists here, against rollback.")
@click.option("--at", "position", metavar="LAT,LON[,ACC]", help="Where you stand: degrees, or 31°12'34\" N…; accuracy in metres (15).")
@click.option("--no-site", is_flag=True, help="Judge the seal only, not the place.")
@click.option("--now", type=Moment(), default=clock.now, metavar="ISO", help="Judge as of this time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per input, as the API answers.")
@click.option("--lang", type=click.Choice(["ar", "en"]), default="ar", show_default=True)
def verify(
    arguments: tuple[str, ...],
    folder: Path,
    root: Path | None,
    state: Path | None,
    position: str | None,
    no_site: bool,
    now: datetime,
    as_json: bool,
    lang: Language,
) -> None:
    """Judge seals: texts, pictures, or one text a line from standard input (-).

    Texts may be whole messages: the codes in them are found. Exit code: 0 valid, 1 invalid, 3 undecided, 4 no license code; 2 wrong
    use, or an input that could not be read; of several inputs the worst, and 2 before all others, for then not everything has its
    verdict.
    """
    try:
        loaded = _lists(folder, root or published.beside(folder.parent), state, now)
        fix = fixes.parse(position, measured_at=now) if position else None
    except (ListError, FormatError) as error:
        _refuse(error.code, detail=error.detail)
    for name, code in loaded.faults.items():
        click.echo(f"{name}: {words.say(code, 'en')} / {words.say(code, 'ar')}", err=True)
    judge = partial(answers.judge, lists=loaded, hosts=loaded.trust.hosts, now=now, fix=fix, check_site=not no_site)
    codes = set()
    for given in inputs.of(arguments, hosts=loaded.trust.hosts, prefix=loaded.trust.governorate.prefix):
        judged = [judge(text) for text in given.texts]
        told = answers.answer(judged, lists=loaded, now=now) if judged else inputs.problem(given)
        said = json.dumps(told, ensure_ascii=False) if as_json else "\n".join(_lines(given, judged, loaded.trust.violations, lang))
        click.echo(said, err=given.refused and not as_json)
        codes.add(REFUSED if given.refused else _code(told))
    sys.exit(next(code for code in _WORST_FIRST if code in codes))


def _lists(folder: Path, root: Path, state: Path | None, now: datetime) -> Loaded:
    return published.load(folder, root=published.read_root(root), memory=Memory(state), now=days.seconds_of(now))


def _lines(given: Given, judged: Sequence[Judged], violations: Mapping[str, Name], lang: Language) -> list[str]:
    """Return one input's result for people: every verdict, the worst first."""
    if not judged:
        return [f"{given.name}: {words.say(given.code, lang)}" + (f" ({given.detail})" if given.detail else "")]
    several = [sentences.say("several_codes", lang)] if len(judged) > 1 else []
    return several + [line for one in answers.worst_first(judged) for line in _told(one, violations, lang)]


def _code(told: Mapping[str, Any]) -> int:
    """Return the exit code of one input's answer."""
    return NO_LICENSE if told.get("seal") == "not_license" else EXIT[str(told["decision"])]


def _told(judged: Judged, violations: Mapping[str, Name], lang: Language) -> list[str]:
    if isinstance(judged, Verdict):
        return sentences.lines(judged, lang)
    held = answers.shown(judged)
    said = [f"  {held.number}  {held.holder}"] if held else []
    if isinstance(held, Notice):
        said.append(f"  {sentences.say('notice_violation', lang)}: {sentences.violation(held.violation, violations, lang)}")
    return [answers.headline(judged, lang), *said, f"  {answers.sentence(judged, lang)}"]


@click.command()
@click.argument("given", metavar="TEXT|IMAGE")
@click.option("--json", "as_json", is_flag=True, help="The claims, unverified, as JSON.")
def token(given: str, as_json: bool) -> None:
    """Write the standard COSE_Sign1 (tagged) inside a seal, from its TEXT or a picture of it, to standard output. Nothing is verified."""
    text = _one_text(inputs.of_argument(given))
    try:
        message, version, _ = wire.unpack(wire.parse(text))
        if not as_json:
            sys.stdout.buffer.write(message.to_bytes())
            return
        held = claims.from_bytes(message.payload, version)
        headers = {str(label): value.hex() if isinstance(value, bytes) else value for label, value in cose.headers(message).items()}
    except SealError as error:
        _refuse(error.code, detail=error.detail)
    plain = {name: value.hex() if isinstance(value, bytes) else value for name, value in held._asdict().items()}
    plain["site"] = {"point": list(held.site.point), "radius_m": held.site.radius_m, "footprint_dm": [list(c) for c in held.site.footprint]}
    click.echo(json.dumps({"verified": False, "headers": headers, "claims": plain}, ensure_ascii=False))


def _one_text(given: Given) -> str:
    """Return the one text of an input. Ends the command where there is none, or more than one: a token is one seal's."""
    if given.code:
        _refuse(given.code, detail=f"{given.name}: {given.detail}".rstrip(": "))
    if len(given.texts) > 1:
        _refuse("one_code_expected", detail=f"{given.name}: {len(given.texts)}")
    return given.texts[0]
