"""Receipts of applications through the JavaScript twin: the same verdicts and the same words kept, whatever was done to the text."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from seal import cbor, cose, receipt, wire
from seal.receipt import ReceiptVerdict
from tests.twin.asking import Answer, Asker, Request, milliseconds
from tests.world import HOST, NOW, RECEIPT_KID, World

MOMENTS = (NOW, NOW - timedelta(minutes=12), NOW + timedelta(days=2), NOW + timedelta(days=31))
HOLDERS = ("", "م" * 80, "م" * 81, "🍕" * 80, "🍕" * 81, "a\u202eb", "a\nb", "\ufb51")
BAD: tuple[dict[str, Any], ...] = (
    *({"holder": holder} for holder in HOLDERS),
    *({"iat": iat} for iat in (-1, 0, 1 << 53, 1 << 70, True, 1.5, None, "1")),
    *({"number": number} for number in ("", "APP-MID-2026-000123-0", "APP-AGM-2026-000123-X", "ALX-MID-2026-0000123-4", 7)),
    *({"service": service} for service in ("shop", "shop.first.x", "Shop.first", "shop.first\n", b"shop.first")),
    *({"authority": authority} for authority in ("mid", "M", "MIDDLE", None)),
    {"valid": True},
)


def forged(world: World, payload: object, *, typ: str | None = receipt.TYP) -> str:
    """A text with any payload, rightly signed by the key of receipts."""
    data = cose.sign(cose.protected(RECEIPT_KID, typ), cbor.encode(payload), world.signer(RECEIPT_KID)).to_bytes()
    return f"https://{HOST.upper()}/R1{wire.to_number(data.removeprefix(cose.TAG))}"


def texts(world: World) -> list[str]:
    """Receipts, what is done to them, and what they might be mixed up with."""
    good, seal = world.receipt(), world.seal(world.license())
    chance = random.Random("receipts")
    changed = [good[:place] + chance.choice("0123456789") + good[place + 1 :] for place in chance.choices(range(len(good)), k=150)]
    cut = [good[: chance.randrange(len(good))] for _ in range(60)] + [good + "1" * count for count in (1, 900, 1_100, 5_000)]
    payloads = [world.received()._asdict() | change for change in BAD] + [[], {}, "x", 1, None]
    dressed = [seal.replace("/1", "/R1", 1), good.replace("/R1", "/1"), good.replace("/R1", "/R2"), good.replace("/R1", "/r1")]
    hosts = [good.replace(HOST.upper(), host) for host in ("EVIL.EXAMPLE", HOST, HOST.upper() + ":443", "")]
    other = [forged(world, world.received()._asdict(), typ=typ) for typ in (None, "application/khatm-trust-list+cose", receipt.TYP)]
    return [good, seal, "", "/", *changed, *cut, *(forged(world, payload) for payload in payloads), *dressed, *hosts, *other]


def worlds(folder: Path) -> list[World]:
    """Governorates whose key of receipts may do this and that, the last one without such a key."""
    changes: list[dict[str, Any]] = [
        *({"state": state} for state in ("active", "retired", "compromised")),
        *({"authority": code} for code in ("MID", "AGM")),
        {"not_after": int(NOW.timestamp()) - 60},
        {"not_before": int(NOW.timestamp())},
        *({"roles": (role,)} for role in ("license", "status")),
    ]
    made = []
    for number, change in enumerate(changes):
        made.append(World(folder / str(number)))
        made[-1].receipts(**change)
    last = World(folder / "last")
    last.receipts()
    keys = {kid: key for kid, key in last.trust.keys.items() if kid != RECEIPT_KID}
    last.trust = last.trust._replace(keys=keys)
    last.publish()
    return [*made, last]


def ours(verdict: ReceiptVerdict) -> Answer:
    held = verdict.receipt and verdict.receipt._asdict()
    return {"state": verdict.state, "code": verdict.code, "receipt": held, "kid": verdict.key and verdict.key.kid.hex()}


def test_receipts_are_judged_alike(ask: Asker, tmp_path: Path) -> None:
    requests: list[Request] = []
    expected: list[Answer] = []
    for number, world in enumerate(worlds(tmp_path)):
        root = {"kid": world.root.kid.hex(), "floor_sequence": 1} | dict(zip("xy", coordinates(world), strict=True))
        trust_list = (world.folder / "trust-list").read_bytes().hex()
        requests.append({"ask": "world", "name": f"receipts {number}", "root": root, "trust": trust_list})
        expected.append({})
        for text, now in ((text, now) for text in (texts(world) if number == 0 else [world.receipt()]) for now in MOMENTS):
            requests.append({"ask": "receipt", "world": f"receipts {number}", "text": text, "now": milliseconds(now)})
            expected.append(judged(world, text, now))
    answers = ask(requests)
    assert answers == expected
    assert {answer["code"] for answer in answers if answer} >= {
        *("receipt_received", "receipt_key_compromised", "key_not_valid_then", "authority_not_permitted", "issued_in_future"),
        *("trust_list_stale", "kid_unknown", "kid_not_in_old_list", "key_not_for_receipts", "signature_invalid", "wrong_type"),
        *("damaged", "limit_broken", "foreign_host", "not_a_receipt"),
    }


def coordinates(world: World) -> tuple[str, str]:
    from seal import trust

    x, y = trust.coordinates(world.root.public_key)
    return x.hex(), y.hex()


def judged(world: World, text: str, now: datetime) -> Answer:
    return ours(receipt.verify(text, trust=world.trust, hosts=world.trust.hosts, now=now)) | {"ours": receipt.ours(text)}
