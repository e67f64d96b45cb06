"""Asking witnesses over a real network: one that cosigns, beside those that are down, slow, elsewhere, or talk nonsense."""

from __future__ import annotations

import http.server
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from tests import clock
from tests.ports import free_port
from tests.processes import PATIENCE_SECONDS
from tests.transparency.logs import ORIGIN, named
from tests.witness.played import LOG, MAIN, NAME, made, signers
from transparency import heads
from transparency.errors import TileError
from transparency.heads import Policy
from transparency.keys import ML_DSA_44
from transparency.witnessing import ROUNDS, Prove, Told
from web.faults import SENTENCES
from web.witnesses import Witnesses
from witness.app import create_app
from witness.cosigning import Witness

KINDS = ("gone", "slow", "elsewhere", "huge", "nonsense", "conflict", "error")
NAMES = (NAME, *(f"{kind}.example" for kind in KINDS), "down.example")
POLICY = Policy(ORIGIN, LOG.keys, (*(each.key for each in signers()), *(named(name, ML_DSA_44).key for name in NAMES[1:])), 1)


class Odd(http.server.BaseHTTPRequestHandler):
    """Witnesses that are none, by the first part of the path."""

    protocol_version = "HTTP/1.1"
    came: list[str]
    over: threading.Event

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.came.append(self.path)
        kind = self.path.split("/")[1]
        if kind == "gone":
            self.close_connection = True
        elif kind == "slow":
            self._answer(200, length=10_000)
            while not self.over.wait(0.05):
                self.wfile.write(b"x")
                self.wfile.flush()
        elif kind == "huge":
            self._answer(200, b"x" * 1_000_000)
        elif kind == "conflict":
            self._answer(409, b"%d\n" % len(self.came), kind="text/x.tlog.size; charset=us-ascii")
        else:
            self._answer({"elsewhere": 302, "nonsense": 200, "error": 500}[kind], b"nonsense\n")

    def _answer(self, status: int, body: bytes = b"", *, length: int | None = None, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Location", "/nonsense/add-checkpoint")
        self.send_header("Content-Length", str(length if length is not None else len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def odd() -> Iterator[tuple[str, list[str]]]:
    handler = type("Handler", (Odd,), {"came": [], "over": threading.Event()})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler.came
        handler.over.set()
        server.shutdown()
        thread.join()


@contextmanager
def served(witness: Witness) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(witness, clock.moment), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def proofs(new: int, asked: list[int]) -> Prove:
    def prove(old: int) -> Sequence[bytes]:
        asked.append(old)
        return MAIN.path(old, new)

    return prove


def test_one_good_witness_among_all_sorts(tmp_path: Path) -> None:
    with ExitStack() as stack:
        base, came = stack.enter_context(odd())
        addresses = {f"{kind}.example": f"{base}/{kind}" for kind in KINDS}
        addresses |= {NAME: stack.enter_context(served(made(tmp_path / "w"))), "down.example": f"http://127.0.0.1:{free_port()}"}
        asking = Witnesses(POLICY, addresses, seconds=5)
        found = asking.cosign(MAIN.note(40), old={}, prove=lambda old: MAIN.path(old, 40))
    told = {each.witness.partition(".")[0]: (each.code, each.status) for each in found.told}
    assert told == {
        "witness": ("cosigned", None),
        **dict.fromkeys(("gone", "slow", "down"), ("witness_unreachable", None)),
        "elsewhere": ("witness_refused", 302),
        "error": ("witness_refused", 500),
        **dict.fromkeys(("huge", "nonsense"), ("witness_signature_invalid", None)),
        "conflict": told["conflict"],
    }
    assert told["conflict"][0] in {"witness_busy", "witness_disagrees"}
    asked = Counter(came)
    assert 1 <= asked.pop("/conflict/add-checkpoint") <= ROUNDS
    assert asked == Counter(f"/{kind}/add-checkpoint" for kind in KINDS if kind != "conflict"), "once each, and nobody was sent elsewhere"
    assert found.met and found.witnesses == {NAME} and heads.verify(found.note, POLICY).witnesses == {NAME}


def test_the_size_that_is_remembered_spares_a_round(tmp_path: Path) -> None:
    asked: list[int] = []
    with served(made(tmp_path / "w")) as address:
        asking = Witnesses(POLICY, {NAME: address}, seconds=PATIENCE_SECONDS)
        first = asking.cosign(MAIN.note(10), old={}, prove=proofs(10, asked))
        assert ([each.size for each in first.told], asked) == ([10], [])
        second = asking.cosign(MAIN.note(20), old={NAME: 10}, prove=proofs(20, asked))
        assert ([each.size for each in second.told], asked) == ([20], [10])
        third = asking.cosign(MAIN.note(30), old={NAME: 7}, prove=proofs(30, asked))
        assert ([each.code for each in third.told], asked) == (["cosigned"], [10, 7, 20])


def test_proofs_that_cannot_be_made_are_ours_to_mend(tmp_path: Path) -> None:
    def prove(old: int) -> Sequence[bytes]:
        raise TileError("tile_malformed", "tile/0/000")

    with served(made(tmp_path / "w")) as address:
        asking = Witnesses(POLICY, {NAME: address}, seconds=PATIENCE_SECONDS)
        assert asking.cosign(MAIN.note(10), old={}, prove=prove).met, "of an empty tree there is none"
        with pytest.raises(TileError, match="tile_malformed"):
            asking.cosign(MAIN.note(20), old={}, prove=prove)


def test_without_witnesses_nobody_is_asked() -> None:
    none = Policy(ORIGIN, LOG.keys)
    found = Witnesses(none, {}, seconds=1).cosign(MAIN.note(10), old={}, prove=lambda old: ())
    assert found.met and found.told == () and heads.verify(found.note, none).witnesses == frozenset()
    assert not Witnesses(POLICY, {}, seconds=1).cosign(MAIN.note(10), old={}, prove=lambda old: ()).met


def test_whoever_publishes_can_tell_what_a_witness_told() -> None:
    codes = set(re.findall(r"`(witness_[a-z]+(?:_[a-z]+)*)`", Told.__doc__ or ""))
    assert len(codes) == 6 and codes == {code for code in SENTENCES if code.startswith("witness_")}
