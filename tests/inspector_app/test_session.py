"""What counts as one scan."""

import zlib
from pathlib import Path

import pytest

from inspector_app.session import AGAIN_SECONDS, SHOWN_SECONDS, Session
from seal import cose, fold, laying, layout, status, wire
from seal.radix import pushed
from seal.verify import verify
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def session_of(world: World) -> Session:
    """Judges by what is published at that moment."""

    def judge(text: str):
        lists = world.load()
        return verify(text, trust=lists.trust, status=lists.status, hosts=lists.trust.hosts, now=world.now, fix=world.fix())

    return Session(judge)


def rewritten(text: str) -> str:
    """Another text with the same token: by the fold, where the layout would do."""
    message = wire.token(text)
    packer = zlib.compressobj(1, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, wire.dictionary("2"))
    packed = packer.compress(fold.fold(message.protected, message.payload, cose.ESP256)) + packer.flush()
    body = pushed(laying.flags_fields(layout.FOLDED), 1 << 8 * len(packed) | int.from_bytes(packed, "little"))
    return f"https://khatm.example/2{body << 512 | int.from_bytes(message.signature, 'big')}"


def codes(verdicts) -> list[str]:
    return [verdict.reason.code for verdict in verdicts]


def test_a_code_that_stays_in_view_is_one_scan(world: World) -> None:
    session, text = session_of(world), world.seal(world.license())
    assert codes(session.see([text], at=0.0)) == ["site_here"]
    assert [session.see([text], at=0.1 * i) for i in range(1, 200)] == [[]] * 199
    assert session.counts == {"valid": 1}


def test_a_code_shaken_out_of_view_for_a_moment_is_the_same_scan(world: World) -> None:
    session, text = session_of(world), world.seal(world.license())
    session.see([text], at=0.0)
    assert session.see([], at=2.0) == []
    assert session.see([text], at=AGAIN_SECONDS) == []
    assert session.counts == {"valid": 1}


def test_a_code_that_comes_back_later_is_a_new_scan(world: World) -> None:
    session, text = session_of(world), world.seal(world.license())
    session.see([text], at=0.0)
    assert codes(session.see([text], at=AGAIN_SECONDS + 0.1)) == ["site_here"]
    assert session.counts == {"valid": 2}


def test_a_seal_is_known_by_what_is_signed_not_by_its_text(world: World) -> None:
    session, text = session_of(world), world.seal(world.license())
    again = rewritten(text)
    assert again.lower() != text.lower()
    assert len(session.see([text, again], at=0.0)) == 1
    assert len(session.in_view(at=0.0)) == 1


def test_codes_that_nobody_vouches_for_are_known_by_their_text(world: World) -> None:
    session = session_of(world)
    forged = world.forged(world.license())
    assert codes(session.see([forged, "https://shop.example/menu"], at=0.0)) == ["signature_invalid", "not_a_seal"]
    assert session.see([forged], at=1.0) == []
    assert session.worst == "invalid"


def test_a_verdict_that_changes_while_in_view_is_news(world: World) -> None:
    session, text = session_of(world), world.seal(world.license())
    session.see([text], at=0.0)
    world.set_status(text, status.INVALID)
    assert codes(session.see([text], at=1.0)) == ["revoked"]
    assert session.see([text], at=1.1) == []
    (shown,) = session.in_view(at=1.1)
    assert shown.verdict.reason.code == "revoked"


def test_several_seals_in_view_keep_their_order_and_leave_one_by_one(world: World) -> None:
    session = session_of(world)
    first, second = (world.seal(world.license(trade_name=name)) for name in ("مخبز النور", "صيدلية البحر"))
    session.see([first], at=0.0)
    session.see([second, first], at=1.0)
    session.see([second], at=3.0)
    names = [[seen.verdict.license.trade_name for seen in session.in_view(at=at)] for at in (3.0, 1.1 + SHOWN_SECONDS)]
    assert names == [["مخبز النور", "صيدلية البحر"], ["صيدلية البحر"]]


def test_nothing_seen_has_no_worst(world: World) -> None:
    assert session_of(world).worst is None


def test_a_long_scan_keeps_only_what_was_seen_lately(world: World) -> None:
    session = session_of(world)
    for i in range(300):
        session.see([f"https://shop.example/{i}"], at=float(i))
    assert len(session._seen) <= AGAIN_SECONDS + 1
    assert session.counts == {"undecided": 300}
