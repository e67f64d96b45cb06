"""How verdicts leave the tool as text: lines for people, one JSON object a verdict for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from seal import sentences
from seal.catalogue import Language
from seal.verdict import Verdict, answer

from .errors import SourceError
from .frames import Frame
from .session import Session
from .words import both, say

Print = Callable[[str], None]


class Report:
    """Writes what is news to `out`, and remarks to `err`. With `as_json`, `out` carries JSON lines only."""

    def __init__(self, *, out: Print, err: Print, language: Language, as_json: bool) -> None:
        self._out, self._err = out, err
        self._language, self._as_json = language, as_json

    def verdicts(self, verdicts: Sequence[Verdict], *, frame: Frame, now: datetime, several: bool) -> None:
        """Tell new verdicts of one frame; `several` says that more than one seal is in view."""
        if several and verdicts and not self._as_json:
            self._out(sentences.say("several_codes", self._language))
        for verdict in verdicts:
            if self._as_json:
                place = {"time": now.isoformat(timespec="milliseconds"), "source": frame.source, "frame": frame.number}
                self._json({**answer([verdict]), "several_codes": several, **place})
            else:
                self._out(f"[{frame.source}  {now:%H:%M:%S}Z]")
                self._out("\n".join(sentences.lines(verdict, self._language)))

    def nothing(self, frame: Frame, *, now: datetime) -> None:
        """Tell that a picture shows no readable code."""
        if self._as_json:
            place = {"time": now.isoformat(timespec="milliseconds"), "source": frame.source, "frame": frame.number}
            self._json({"decision": "undecided", "error": {"code": "no_code", **sentences.SENTENCES["no_code"]}, **place})
        else:
            self._out(f"{frame.source}: {sentences.say('no_code', self._language)}")

    def refused(self, code: str, detail: str) -> None:
        """Tell that a source, or one of several pictures, cannot be used."""
        if self._as_json:
            words = {"code": code, "ar": say(code, "ar"), "en": say(code, "en"), "detail": detail}
            self._json({"decision": None, "error": words})
        self._err(both(code, detail))

    def ended(self, error: SourceError) -> None:
        """Tell why there are no more frames."""
        self.refused(error.code, error.detail)

    def remark(self, code: str, detail: str = "") -> None:
        """Tell something beside the verdicts."""
        self._err(say(code, self._language) + (f" ({detail})" if detail else ""))

    def summary(self, session: Session) -> None:
        """Tell how many seals were seen, and how they were judged."""
        counts = session.counts
        told = {name: counts[name] for name in ("valid", "invalid", "undecided")}
        (self._err if self._as_json else self._out)(say("summary", self._language, seals=sum(told.values()), **told))

    def _json(self, row: dict[str, object]) -> None:
        self._out(json.dumps(row, ensure_ascii=False))
