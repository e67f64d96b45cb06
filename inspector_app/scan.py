"""The scan itself: frames in, verdicts out. It reads no clock and no environment; `commands` hands both in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from published.watch import State, Watch
from qr.errors import PictureError
from qr.read import read_all
from qr.video import Film
from seal import sentences, verify, wire
from seal.catalogue import Language
from seal.claims import position_text
from seal.site import Point
from seal.verdict import Verdict

from . import frames, overlay
from .errors import SourceError
from .frames import Frame
from .lettering import isolated
from .positions import Nowhere, Position, Streamed
from .report import Report
from .session import Session
from .signs import sign
from .sounds import Speaker
from .window import Window
from .words import say


@dataclass
class Scan:
    """One run of the tool. `now` is the time to judge by, an aware UTC datetime."""

    watch: Watch
    position: Position
    check_site: bool
    now: Callable[[], datetime]
    report: Report
    speaker: Speaker | None
    language: Language

    def __post_init__(self) -> None:
        self.session = Session(self._judge)
        self.refused = False
        self._state: State | None = None

    def images(self, paths: Iterable[Path]) -> None:
        """Judge picture files, with every step of the reader. One that cannot be read does not hold up the others."""
        for number, path in enumerate(paths):
            try:
                frame, *more = frames.pages(path)
                texts = read_all([frame.picture, *(page.picture for page in more)], ours=wire.ours)
            except (SourceError, PictureError) as error:
                self.refused = True
                self.report.refused(error.code, error.detail if isinstance(error, SourceError) else str(path))
                continue
            # Each file is a picture of its own: what was in the last one does not hide what is in this one.
            if not self._see(texts, frame, at=number * 1e6):
                self.report.nothing(frame, now=self.now())

    def live(self, source: Iterator[Frame], window: Window | None, *, pace: Callable[[Frame], int]) -> None:
        """Judge frames until they end or the window is closed. `pace` says how many milliseconds to show a frame at least.

        Raises SourceError.
        """
        film = Film(wire.ours)
        for frame in source:
            self.lists()  # also while nothing is in view: new lists are told when they come
            self._see(film.read(frame.picture), frame, at=frame.at)
            if window and not window.show(self._drawn(frame), wait_ms=pace(frame)):
                return

    def _see(self, texts: tuple[str, ...], frame: Frame, *, at: float) -> bool:
        ours = tuple(filter(wire.ours, texts)) or texts
        news = self.session.see(ours, at=at)
        self.report.verdicts(news, frame=frame, now=self.now(), several=len(self.session.in_view(at=at)) > 1)
        if self.speaker:
            for verdict in news:
                self.speaker.tell(verdict.decision)
        return bool(ours)

    def _drawn(self, frame: Frame) -> frames.Picture:
        found = [sign(seen.verdict, self.language) for seen in self.session.in_view(at=frame.at)]
        return overlay.shown(frame.picture, found, notes=self._notes(), language=self.language)

    def _judge(self, text: str) -> Verdict:
        loaded = self.lists().loaded
        if loaded is None:
            raise RuntimeError("the command makes sure that there is a trust list")
        now = self.now()
        return verify.verify(
            text,
            trust=loaded.trust,
            status=loaded.status,
            hosts=loaded.trust.hosts,
            now=now,
            fix=self.position.at(now),
            check_site=self.check_site,
            log=loaded.log,
        )

    def lists(self) -> State:
        """Return the lists in use, and tell once when they were renewed or what is wrong with them."""
        state = self.watch.current()
        if state is not self._state:
            if self._state is not None and not state.faults:
                self.report.remark("lists_renewed")
            for name, code in state.faults.items() if state.loaded else ():
                self.report.remark("lists_fault", f"{name}: {say(code, self.language)}")
            self._state = state
        return state

    def _notes(self) -> str:
        """Return what stands above the picture: by which position seals are judged, and how to end."""
        fix = self.position.at(self.now())
        if not self.check_site:
            place = say("position_not_asked", self.language)
        elif fix is not None:
            metres = sentences.say("metres", self.language, {"number": f"{fix.accuracy_m:g}"})
            measured = isolated(f"{position_text(Point(fix.latitude, fix.longitude))} ±{metres}")
            place = say("position_live" if isinstance(self.position, Streamed) else "position_typed", self.language, fix=measured)
        else:
            place = say("position_none" if isinstance(self.position, Nowhere) else "position_waiting", self.language)
        return f"{place}  ·  {say('quit_hint', self.language)}"


def pace_of(window: Window | None, *, clock: Callable[[], float], play_time: bool) -> Callable[[Frame], int]:
    """Return how long to show each frame: a video in a window runs at its own speed, everything else as fast as it comes."""
    if window is None or not play_time:
        return lambda _: 1
    start = clock()
    return lambda frame: max(1, round(1000 * (frame.at - (clock() - start))))


def quietly(work: Callable[[], None]) -> None:
    """Run `work` until it ends or somebody presses Ctrl-C, which is how a scan by camera usually ends."""
    with suppress(KeyboardInterrupt):
        work()
