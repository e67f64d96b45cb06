"""Over random honest histories: no honest new license is ever red, and an old pack of the log is never worse than none."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from functools import cache

from seal import leaves, status, trust
from seal.cose import Sign1
from seal.log_packs import Packed
from seal.logs import Held, LogView
from seal.status import StatusList, StatusLists
from seal.verify import verify
from tests.vectors import fixed
from tests.vectors.fixed import packed
from tests.vectors.making import held, text, token

TRUST = trust.verify(fixed.signed_trust("logged"), root=fixed.root())
DAYS = 6 * fixed.DAY
START = fixed.NOW - DAYS


class History:
    """Seals at times that never go back, and turns of a publisher who signs a head and a status list at one time T.

    What was sealed before T is under the head; what comes later has iat >= T (docs/format.md §7). Some heads nobody witnessed in time.
    """

    def __init__(self, chance: random.Random) -> None:
        self.seals: list[tuple[Sign1, int]] = []
        self.heads: list[tuple[int, int, bool]] = []
        self.lists: list[StatusLists] = []
        now = START
        while now < fixed.NOW:
            now += chance.choice((0, 1, 60, 600, 3600, 30_000, 100_000))
            if chance.random() < 0.6:
                position = len(self.seals)
                self.seals.append((seal(position, now), now))
            elif not self.heads or self.heads[-1][1] <= now:
                now += 1  # later than every seal under it
                self.heads.append((len(self.seals), now, chance.random() < 0.7))
                entries = status.pack(bytes(len(self.seals)) + bytes([status.INVALID]) * (400 - len(self.seals)))
                listed = StatusList(fixed.URI, now, now + 7 * fixed.DAY, 2, entries, 12)
                self.lists.append(status.collect([listed]))
        self.end = now

    def view(self, upto: int, missing: bool) -> Held | None:
        """What somebody has who fetched the log after its turn `upto` and not since."""
        return self._view(upto, missing)

    def pack(self, upto: int) -> Packed | None:
        """What a phone of the seals' authority has that fetched its pack then."""
        found = self._view(upto, False)
        return found and packed(found._replace(unwitnessed_newer=False), "MN1")

    def _view(self, upto: int, missing: bool) -> Held | None:
        seen = self.heads[: upto + 1]
        witnessed = [head for head in seen if head[2]]
        if not witnessed:
            return None
        size, time, _ = witnessed[-1]
        tiles = {} if missing else {at: leaves.leaf_of(leaves.entry_of(message)) for at, (message, _) in enumerate(self.seals[:size])}
        return Held(size, time, witnessed[-1] != seen[-1], tiles)


@cache
def seal(position: int, iat: int) -> Sign1:
    return token(held(serial=position + 1, idx=position, iat=iat))


def judged(message: Sign1, lists: StatusLists, now: int, log: LogView | None) -> tuple[str, str]:
    moment = datetime.fromtimestamp(now, UTC)
    said = verify(text(message), trust=TRUST, status=lists, hosts=TRUST.hosts, now=moment, check_site=False, log=log)
    return said.decision, said.finding("log").code


def test_no_honest_license_is_red_and_an_old_pack_is_no_worse_than_none() -> None:
    chance, codes = random.Random("honest"), Counter[str]()
    for _ in range(40):
        history = History(chance)
        for turn in range(len(history.heads)):
            log = history.view(turn, chance.random() < 0.1)
            for listed in {turn, len(history.lists) - 1}:  # lists of the same day, and the newest beside an old log
                lists = history.lists[listed]
                for message, iat in chance.sample(history.seals, min(4, len(history.seals))):
                    now = max(iat, lists.newest) + chance.choice((0, 60, 4000, 90_000))
                    without, _ = judged(message, lists, now, None)
                    decision, code = judged(message, lists, now, log)
                    codes[code] += 1
                    assert decision != "invalid", (code, iat, log)
                    behind = log is None or log.time < lists.newest - 3600 or now - log.time > fixed.DAY
                    assert decision == without or not behind, "an old log made it worse"
                    assert decision == without or code in ("log_not_yet", "log_unwitnessed")
    assert {"logged", "log_not_at_hand", "log_stale", "log_not_yet", "log_unwitnessed"} == set(codes)


def test_a_phone_with_a_pack_of_any_age_is_no_worse_off_than_one_without() -> None:
    """Whatever is valid or undecided without the pack stays so with it, but for what is younger than a pack that is not behind."""
    chance, codes = random.Random("packs"), Counter[str]()
    for _ in range(25):
        history = History(chance)
        for turn in range(len(history.heads)):
            pack = history.pack(turn)
            lists = history.lists[chance.choice((turn, len(history.lists) - 1))]
            for message, iat in chance.sample(history.seals, min(4, len(history.seals))):
                now = max(iat, lists.newest) + chance.choice((0, 60, 4000, 7 * fixed.DAY))
                without, _ = judged(message, lists, now, None)
                decision, code = judged(message, lists, now, pack)
                codes[code] += 1
                assert decision == without or (decision, code) == ("undecided", "log_not_yet"), (decision, code, iat, pack)
                behind = pack is None or pack.time < lists.newest - 3600 or now - pack.time > fixed.DAY
                assert decision == without or not behind, "an old pack made it worse"
    assert {"logged", "log_not_at_hand", "log_stale", "log_not_yet"} == set(codes)


def test_a_publisher_who_signs_a_time_that_seals_beyond_have_would_be_noticed() -> None:
    """The rule that the property rests on: were it broken, honest seals would be red."""
    message = seal(1, START)
    broken = Held(1, START + 1, False, {})
    assert judged(message, StatusLists({}), START + 2, broken)[1] == "not_in_log"
