"""What a scan has seen so far. Pure: times come in as numbers, verdicts from whoever asks.

A code stays in view for many frames, and a hand shakes it out of view for some. So a seal that comes back within
`AGAIN_SECONDS` is the same scan; if its verdict has changed by then, as after new lists, that is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from seal.verdict import Decision, Verdict

AGAIN_SECONDS = 5.0  # out of view for longer than this, and it is a new scan
SHOWN_SECONDS = 4.0  # how long a verdict stays on the screen once its code is out of view

#: Who a seal is, and how it was judged. A hash of its text would not do: texts are malleable, `cti` is signed.
_Identity = tuple[bytes | str, ...]


class Sighting(NamedTuple):
    """A seal in view with its newest verdict; times in seconds of the source. `place` is its order of appearance."""

    verdict: Verdict
    first: float
    last: float
    place: int


class Session:
    """Remembers which seals were seen, and how they were judged. It grows with what was seen lately, not with time."""

    def __init__(self, judge: Callable[[str], Verdict]) -> None:
        self._judge = judge
        self._seen: dict[_Identity, Sighting] = {}
        self.counts: Counter[Decision] = Counter()
        self._started = 0

    def see(self, texts: Iterable[str], *, at: float) -> list[Verdict]:
        """Judge the texts of one frame and return the verdicts that are news: a new seal, or another outcome than before."""
        self._seen = {identity: seen for identity, seen in self._seen.items() if at - seen.last <= AGAIN_SECONDS}
        news = []
        for text in texts:
            verdict = self._judge(text)
            identity = _identity(verdict, text)
            before = self._seen.get(identity)
            if before is None:
                self._started += 1
                self.counts[verdict.decision] += 1
                news.append(verdict)
                before = Sighting(verdict, at, at, self._started)
            self._seen[identity] = before._replace(verdict=verdict, last=at)
        return news

    def in_view(self, *, at: float) -> Sequence[Sighting]:
        """Return what to show: each seal once, with its newest verdict, in order of appearance."""
        newest: dict[_Identity, Sighting] = {}
        for identity, seen in self._seen.items():
            held = newest.get(identity[:2])
            if at - seen.last <= SHOWN_SECONDS and (held is None or seen.last >= held.last):
                newest[identity[:2]] = seen
        return sorted(newest.values(), key=lambda seen: seen.place)

    @property
    def worst(self) -> Decision | None:
        """The worst decision so far; None if nothing was seen."""
        order: tuple[Decision, ...] = ("invalid", "undecided", "valid")
        return next((decision for decision in order if self.counts[decision]), None)


def _identity(verdict: Verdict, text: str) -> _Identity:
    """Return kid and cti, or the text where nobody vouches for a cti; then the codes, so that another outcome is another scan."""
    who = (verdict.key.kid, verdict.claims.cti) if verdict.claims and verdict.key else ("", text)
    return (*who, verdict.decision, *(finding.code for finding in verdict.findings))
