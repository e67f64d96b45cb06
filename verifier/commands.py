"""`khatm verify` and `khatm token`: a verdict at the command line. An edge: it reads the clock, files and standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

import click

import published
from published import Loaded, Memory
from qr import picture
from qr.errors import SENTENCES as PICTURE_SENTENCES
from qr.errors import PictureError
from qr.read import read
from seal import claims, cose, days, finding, fixes, sentences, wire
from seal.errors import FormatError, ListError, SealError
from seal.site import Fix
from seal.verdict import Verdict, answer, worst
from seal.verify import verify as judge

EXIT = {"valid": 0, "invalid": 1, "undecided": 3}
NO_LICENSE = 4  # nothing that was given is a license code
_WORST_FIRST = (1, 3, NO_LICENSE, 0)


def _refuse(code: str, *, detail: str = "") -> NoReturn:
    """End with a sentence in both languages and exit code 2."""
    ar, en = _words(code)
    raise click.UsageError(f"{code}: {en} / {ar}" + (f" ({detail})" if detail else ""))


def _words(code: str) -> tuple[str, str]:
    table = {**PICTURE_SENTENCES, **sentences.sentences()}
    return table[code]["ar"], table[code]["en"]


def _moment(_: click.Context, __: click.Parameter, value: str | None) -> datetime:
    if value is None:
        return datetime.now(UTC)  # noqa: TID251 - an edge
    try:
        return days.parse_moment(value)
    except FormatError as error:
        raise click.BadParameter(sentences.both(error.code)) from error


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="TEXT|IMAGE|-...")
@click.option("--published", "folder", type=click.Path(path_type=Path), default=Path("var/published"), show_default=True)
@click.option("--root", type=click.Path(path_type=Path), help="Pinned root (JWK); else root.jwk beside the published folder.")
@click.option("--state", type=click.Path(path_type=Path), help="Remember the newest lists here, against rollback.")
@click.option("--at", "position", metavar="LAT,LON[,ACC]", help="Where you stand: degrees, or 31°12'34\" N…; accuracy in metres (15).")
@click.option("--no-site", is_flag=True, help="Judge the seal only, not the place.")
@click.option("--now", callback=_moment, metavar="ISO", help="Judge as of this time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per input, as the API answers.")
@click.option("--lang", type=click.Choice(["ar", "en"]), default="ar", show_default=True)
def verify(
    inputs: tuple[str, ...],
    folder: Path,
    root: Path | None,
    state: Path | None,
    position: str | None,
    no_site: bool,
    now: datetime,
    as_json: bool,
    lang: sentences.Language,
) -> None:
    """Judge seals: texts, pictures, or one text a line from standard input (-).

    Texts may be whole messages: the codes in them are found. Exit code: 0 valid, 1 invalid, 3 undecided, 4 no license code, 2 usage; of
    several inputs the worst.
    """
    try:
        pinned = published.read_root(root or folder.parent / "root.jwk")
        loaded = published.load(folder, root=pinned, memory=Memory(state))
        fix = fixes.parse(position, measured_at=now) if position else None
    except (ListError, FormatError) as error:
        _refuse(error.code, detail=error.detail)
    for name, code in loaded.faults.items():
        click.echo(f"{name}: {' / '.join(reversed(_words(code)))}", err=True)
    one = partial(_verdicts, loaded=loaded, now=now, fix=fix, check_site=not no_site)
    codes = {_report(item, texts, one(texts), as_json=as_json, lang=lang) for item, texts in _texts(inputs, loaded)}
    sys.exit(next((code for code in _WORST_FIRST if code in codes), 0))


def _texts(inputs: tuple[str, ...], loaded: Loaded) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each input with the texts it holds; none where a picture shows no code."""
    for item in inputs:
        if item == "-":
            for message in finding.messages(line.decode("utf-8", "replace") for line in sys.stdin.buffer):
                if texts := finding.find(message, loaded.trust.hosts):
                    yield "-", texts
        elif "://" in item or (not Path(item).exists() and finding.recognised(item, loaded.trust.hosts)):
            yield item[:40], finding.find(item, loaded.trust.hosts)
        else:
            yield item, _picture_texts(Path(item))


def _picture_texts(path: Path) -> tuple[str, ...]:
    try:
        with path.open("rb") as stream:
            found = read(picture.parse(stream.read(picture.MOST_BYTES + 1)), ours=wire.ours)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from error
    except PictureError as error:
        _refuse(error.code, detail=path.name)
    return tuple(filter(wire.ours, found)) or found


def _verdicts(texts: tuple[str, ...], *, loaded: Loaded, now: datetime, fix: Fix | None, check_site: bool) -> list[Verdict]:
    return [
        judge(text, trust=loaded.trust, status=loaded.status, hosts=loaded.trust.hosts, now=now, fix=fix, check_site=check_site)
        for text in texts
    ]


def _report(item: str, texts: tuple[str, ...], verdicts: list[Verdict], *, as_json: bool, lang: sentences.Language) -> int:
    """Print one input's result and return its exit code."""
    if not texts:
        no_code = {"decision": "undecided", "error": {"code": "no_code", **sentences.sentences()["no_code"]}}
        click.echo(json.dumps(no_code, ensure_ascii=False) if as_json else f"{item}: {sentences.say('no_code', lang)}")
        return EXIT["undecided"]
    headline = worst(verdicts)
    if as_json:
        click.echo(json.dumps(answer(verdicts), ensure_ascii=False))
    else:
        if len(verdicts) > 1:
            click.echo(sentences.say("several_codes", lang))
        for verdict in verdicts:
            click.echo("\n".join(sentences.lines(verdict, lang)))
    return NO_LICENSE if headline.seal == "not_license" else EXIT[headline.decision]


@click.command()
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="The claims, unverified, as JSON.")
def token(text: str, as_json: bool) -> None:
    """Write the standard COSE_Sign1 (tagged) inside TEXT to standard output. Nothing is verified."""
    try:
        parts = wire.parse(text.strip())
        message = wire.from_digits(parts.digits, parts.version)
        if not as_json:
            sys.stdout.buffer.write(message.to_bytes())
            return
        held = claims.from_bytes(message.payload)
        headers = {str(label): value.hex() if isinstance(value, bytes) else value for label, value in cose.headers(message).items()}
    except SealError as error:
        _refuse(error.code, detail=error.detail)
    plain = {name: value.hex() if isinstance(value, bytes) else value for name, value in held._asdict().items()}
    plain["site"] = {"point": list(held.site.point), "radius_m": held.site.radius_m, "footprint_dm": [list(c) for c in held.site.footprint]}
    click.echo(json.dumps({"verified": False, "headers": headers, "claims": plain}, ensure_ascii=False))
