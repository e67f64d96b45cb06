"""`khatm scan`: verdicts from a camera, a video or pictures, with no network. An edge: it reads the environment and files."""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

import click
import cv2

from published.pinning import beside
from published.watch import Watch
from seal import days
from seal.catalogue import Language
from seal.errors import FormatError
from seal.verdict import Decision
from web import clock
from web.moments import Moment

from . import frames, scan, sounds, window, words
from .errors import SourceError
from .positions import Nowhere, Position, Streamed, Typed
from .report import Report
from .scan import Scan

# As `khatm verify` ends: the worst verdict, and 3 too if nothing was seen. 2: wrong use, or a source failed.
EXIT: dict[Decision | None, int] = {"valid": 0, "invalid": 1, "undecided": 3, None: 3}
SOURCE_FAILED = 2
FIRST_FIX_SECONDS = 30  # how long pictures wait for a receiver's first position


def _refuse(code: str, detail: str = "") -> NoReturn:
    raise click.UsageError(words.both(code, detail))


def _position(text: str | None, *, now: datetime, report: Report) -> Position:
    if text is None:
        return Nowhere()
    if text == "-":
        # A reader of our own: Python closes sys.stdin at its end, and would find it locked by the thread that waits for a line.
        lines = open(0, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115 - a descriptor, read to the end
        return Streamed(lines, clock=clock.now, refused=lambda error: report.refused(error.code, error.detail))
    try:
        return Typed(text, now=now)
    except FormatError as error:
        _refuse(error.code, error.detail)


def _speaker() -> sounds.Speaker:
    # Standard error: standard output may be data for a program.
    bell = partial(click.echo, "\a", err=True, nl=False) if sys.stderr.isatty() else None
    return sounds.Speaker(sounds.player(), bell=bell)


def _window(report: Report, *, wanted: bool) -> window.Window | None:
    """Open a window if there is a display. Without one the lines say the same."""
    if not wanted:
        return None
    if not window.can_open(os.environ):  # noqa: TID251 - an edge
        report.remark("no_window")
        return None
    return window.Window()


def _hush() -> None:
    """Keep what OpenCV and FFmpeg say about a missing camera or a broken file off the terminal: we say it in words."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # noqa: TID251 - an edge
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def _stop_on_terminate() -> None:
    """End on SIGTERM as on Ctrl-C: with a summary."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@click.command("scan")
@click.option("--camera", type=click.IntRange(0), metavar="N", help="Scan with camera N; 0 is the first.")
@click.option("--image", "images", type=click.Path(path_type=Path), multiple=True, metavar="FILE...", help="Scan pictures.")
@click.option("--video", type=click.Path(path_type=Path), metavar="FILE", help="Scan a recording, to its end.")
@click.argument("more", nargs=-1, type=click.Path(path_type=Path), metavar="")
@click.option("--at", "position", metavar="LAT,LON,ACC", help="Where you stand; - reads a position a line, as a receiver measures.")
@click.option("--published", "folder", type=click.Path(path_type=Path), default=Path("var/published"), show_default=True)
@click.option("--root", type=click.Path(path_type=Path), help="Pinned root; else root.cose or root.jwk beside the published folder.")
@click.option("--state", type=click.Path(path_type=Path), help="Remember the newest lists here, against rollback.")
@click.option("--no-site", is_flag=True, help="Judge the seals only, not the place.")
@click.option("--now", type=Moment(), metavar="ISO", help="Judge pictures and videos as of this time.")
@click.option("--jsonl", is_flag=True, help="One JSON object a verdict, for programs.")
@click.option("--lang", type=click.Choice(["ar", "en"]), default="ar", show_default=True)
@click.option("--no-sound", is_flag=True, help="No sound and no bell.")
@click.option("--no-window", is_flag=True, help="Lines only, also where there is a display.")
def scan_(
    camera: int | None,
    images: tuple[Path, ...],
    video: Path | None,
    more: tuple[Path, ...],
    position: str | None,
    folder: Path,
    root: Path | None,
    state: Path | None,
    no_site: bool,
    now: datetime | None,
    jsonl: bool,
    lang: Language,
    no_sound: bool,
    no_window: bool,
) -> None:
    """Scan seals with a camera, or in pictures or a video. Needs no network, only the published files.

    A typed position counts for as long as the tool runs; one that a receiver measured is too old after 30 seconds.

    Exit code: 0 if every seal was valid, 1 if one was invalid, 3 if one was undecided or none was seen, 2 for wrong use or
    a source that failed.
    """
    if [camera is not None, bool(images), video is not None].count(True) != 1 or (more and not images):
        _refuse("one_source")
    if camera is not None and now is not None:
        _refuse("now_for_files")
    _hush()
    _stop_on_terminate()
    root = root or beside(folder.parent)
    report = Report(out=click.echo, err=partial(click.echo, err=True), language=lang, as_json=jsonl)
    where = _position(position, now=now or clock.now(), report=report)
    run = Scan(
        watch=Watch(folder, root=root, state=state, now=lambda: days.seconds_of(now or clock.now())),
        position=where,
        check_site=not no_site,
        now=lambda: now or clock.now(),
        report=report,
        speaker=None if no_sound or images else _speaker(),
        language=lang,
    )
    lists = run.lists()
    if lists.loaded is None:
        name, code = next(iter(lists.faults.items()))
        _refuse(code, str({"root": root, "state": state}.get(name, folder / name if folder.is_dir() else folder)))
    if images:
        if isinstance(where, Streamed):
            where.wait(FIRST_FIX_SECONDS)
        scan.quietly(lambda: run.images((*images, *more)))
    else:
        if isinstance(where, Typed) and not no_site and not jsonl:
            report.remark("typed_holds")
        _live(run, camera, video, shows=not no_window)
    _end(run)


def _live(run: Scan, camera: int | None, video: Path | None, *, shows: bool) -> None:
    """Scan until the frames end, the window is closed or Ctrl-C is pressed."""
    source = frames.video(video) if video is not None else frames.camera(camera or 0, clock=time.monotonic)
    opened = _window(run.report, wanted=shows)
    pace = scan.pace_of(opened, clock=time.monotonic, play_time=video is not None)
    try:
        scan.quietly(lambda: run.live(source, opened, pace=pace))
    except SourceError as error:
        run.refused = True
        run.report.ended(error)
    finally:
        if opened:
            opened.close()


def _end(run: Scan) -> NoReturn:
    run.report.summary(run.session)
    if run.speaker:
        run.speaker.wait()
    sys.exit(SOURCE_FAILED if run.refused else EXIT[run.session.worst])
