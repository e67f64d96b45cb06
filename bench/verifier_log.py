"""What the log of a million seals costs a server verifier in memory, with four workers: target at most 40 MB a million, shared by them.

The verifier runs as it is served, under gunicorn, twice: by a trust list without a log and by one with it. Both times it is asked about
a seal of every full tile, again and again, until its workers grow no more; each has then proven every tile. What they hold is from /proc
(PSS: a page that n processes share counts as 1/n for each), the file of proven leaves from the file system.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import published
from bench.verify import LOGGED, published_log
from issuer.log.files import LogFiles
from published.log import LOG
from seal import claims, cose, days, leaves, status, trust, wire
from seal.license import identifier
from seal.status import ENTRIES, StatusList
from tests.vectors import logs
from tests.verifier.served import environment_of, gunicorn, workers_of
from tests.world import AUTHORITIES, HOST, ROOT_KID, STATUS_KID, World
from transparency.checkpoints import Checkpoint
from transparency.signing import sign_checkpoint
from transparency.tiles import WIDTH

WORKERS, TARGET_MB = 4, 40
BATCH, ROUNDS = 100, 60
_MB = 1e6


def measure(fast: bool = False) -> dict[str, object]:
    """Return what four workers hold of the log, in MB; of a tenth of the tiles where it shall be fast."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), now=datetime.now(UTC))  # noqa: TID251 - gunicorn reads the real clock
        texts = _logged(world)[:: 10 if fast else 1]
        without = _run(world, texts, "log_not_at_hand")
        world.trust = world.trust._replace(log=logs.terms(), sequence=world.trust.sequence + 1)
        published.write(world.folder, {"trust-list": trust.sign(world.trust, ROOT_KID, world.signer(ROOT_KID))})
        with_log = _run(world, texts, "logged")
        [file] = Path(folder).glob("state.json.log-*")
        stored = file.stat().st_blocks * 512
    more = {name: (with_log[name] - without[name]) / _MB for name in ("Pss", "Private")}
    a_million = more["Pss"] / (len(texts) * WIDTH / 1e6)
    return {
        "seals in the tiles that were asked for": len(texts) * WIDTH,
        "workers": WORKERS,
        "all workers without a log (PSS), MB": round(without["Pss"] / _MB, 1),
        "all workers with it (PSS), MB": round(with_log["Pss"] / _MB, 1),
        "the file of proven leaves, MB": round(stored / _MB, 1),
        "each worker's own of the difference, MB": round(more["Private"] / WORKERS, 2),
        "a million seals, all workers together, MB": round(a_million, 1),
        "target, MB": TARGET_MB,
        "holds": a_million <= TARGET_MB,
    }


def _run(world: World, texts: list[str], code: str) -> Counter[str]:
    """Ask until the workers have grown no more for three rounds; return what all of them hold."""
    log = world.root_file.with_name(f"{code}.txt")
    with gunicorn("verifier.wsgi", log, environment=environment_of(world), workers=WORKERS) as (port, master):
        held, same = Counter[str](), 0
        for _ in range(ROUNDS):
            for start in range(0, len(texts), BATCH):
                _ask(port, texts[start : start + BATCH], code)
            now = _held(workers_of(master))
            same = same + 1 if abs(now["Rss"] - held["Rss"]) < 256 << 10 else 0
            held = now
            if same == 3:
                return held
    raise AssertionError("the workers grow and grow")


def _logged(world: World) -> list[str]:
    """Publish a log with a seal of this world in every full tile, and the lists that those need; return their texts."""
    now, (kid, *_) = days.seconds_of(world.now), AUTHORITIES["MID"]
    texts, ours = [], {}
    for number, position in enumerate(range(7, LOGGED - WIDTH, WIDTH), 1):
        place, idx = leaves.slot_of(position)
        uri = f"https://{HOST}/status/{place}"
        held = claims.of_license(world.license(), iat=now - 3600, cti=identifier(2026, number), idx=idx, uri=uri)
        signer = cose.low_signer(world.signer(kid))
        message = cose.sign(cose.protected(kid, alg=cose.ESP256), claims.to_bytes(held), signer)
        texts.append(wire.write(message, HOST))
        ours[position] = leaves.leaf_of(leaves.entry_of(message))
    tree = published_log(world.folder, ours)
    head = Checkpoint(logs.ORIGIN, tree.size, tree.root())
    note = sign_checkpoint(head, (*logs.log_signers(), *logs.witness_signers()), timestamp=now - 60)
    LogFiles(world.folder / LOG, durable=False).put_checkpoint(note)
    entries = status.pack(bytes(ENTRIES))
    files = {}
    for place in range(1, leaves.slot_of(LOGGED)[0] + 1):
        uri = f"https://{HOST}/status/{place}"
        listed = StatusList(uri, now - 60, now + status.STALE_SECONDS, status.BITS, entries, world.trust.sequence)
        files[f"status/{place}"] = status.sign(listed, STATUS_KID, world.signer(STATUS_KID))
    published.write(world.folder, files)
    return texts


def _ask(port: int, texts: list[str], code: str) -> None:
    """Ask over a connection of its own, which any worker may take; make sure of what it says of each."""
    items = [{"id": str(number), "text": text, "site": False} for number, text in enumerate(texts)]
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/v1/verify/batch", json.dumps({"items": items}), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    told = answer.read().decode()
    connection.close()
    assert answer.status == 200 and told.count(f'"{code}"') == len(texts), told[:2000]


def _held(workers: Iterable[int]) -> Counter[str]:
    """Return octets of processes: in memory, their shares of them, and what is each one's own alone."""
    total: Counter[str] = Counter()
    for pid in workers:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        found = {name: int(size) << 10 for name, size in re.findall(r"^(\w+): +(\d+) kB", text, re.MULTILINE)}
        total += Counter(Rss=found["Rss"], Pss=found["Pss"], Private=found["Private_Clean"] + found["Private_Dirty"])
    return total


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
