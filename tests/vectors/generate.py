"""Writes tests/vectors/*.json, or says whether the files are what it would write: `python -m tests.vectors.generate [--check]`.

What a vector expects is declared by hand beside it (findings) or worked out here by rules of this file's own (seal, place, decision);
if the program disagrees, nothing is written. The rest (details, license, reference) is the program's, and
tests/seal/test_vectors.py works it out again by other means.
"""

from __future__ import annotations

import argparse
import json
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from published import Memory, listed, load, write
from published.listed import PROOFS
from seal import chain, device, finding, fixes, fold, inspection, notices, roots, status, trust, verdict, wire
from seal import log_packs as packs
from seal.errors import FormatError, ListError, SealError
from seal.logs import Held
from seal.site import Fix
from seal.status import StatusLists
from seal.trust import LogTerms
from seal.verdict import Verdict
from seal.verify import verify

from . import fixed
from .groups import ahead, dates, edge, format, inspections, issuer, lists, log, log_packs, order, proofs, scope, signature, site, version_2
from .groups import notices as notices_group
from .groups import roots as roots_group
from .groups import status as status_group
from .groups.ahead import AheadVector
from .groups.edge import PositionVector, TextVector
from .groups.inspections import ChainVector, ObjectVector, PhotographVector
from .groups.lists import ListVector
from .groups.log_packs import PackVector
from .groups.notices import NoticeVector
from .groups.order import OrderVector
from .groups.proofs import ProofVector
from .groups.roots import RootVector
from .making import Vector

FOLDER = Path(__file__).parent
GROUPS = {
    **{"format": format, "issuer": issuer, "signature": signature, "scope": scope, "dates": dates},
    **{"status": status_group, "log": log, "site": site, "version_2": version_2},
}
CHECKS = ("format", "issuer", "signature", "scope", "dates", "status", "log", "site")
#: After these nothing more can be checked.
ENDS = {"format": ("failed", "not_license", "unknown"), "signature": ("failed",)}
END_CODES = ("kid_unknown", "kid_not_in_old_list")


class DisagreementError(Exception):
    """The program says something else than the vector declares."""


def expected(vector: Vector) -> list[tuple[str, str, str]]:
    """The findings that a vector declares: what it names, and what follows from it."""
    found: list[tuple[str, str, str]] = []
    over = False
    for check in CHECKS:
        if over:
            found.append((check, "skipped", "not_reached"))
            continue
        outcome, code = vector.expect.get(check, ("passed", f"{check}_ok"))
        if check == "site" and check not in vector.expect:
            outcome, code = "skipped", "no_fix"
        if check == "log" and check not in vector.expect:
            outcome, code = "skipped", "log_not_at_hand"
        found.append((check, outcome, code))
        over = outcome in ENDS.get(check, ()) or code in END_CODES
    return found


def decided(found: list[tuple[str, str, str]], asked: bool) -> tuple[str, str, str]:
    """Seal, place and decision (docs/format.md §9.3)."""
    outcomes = [outcome for _, outcome, _ in found]
    good = set(outcomes[:-2]) == {"passed"} and outcomes[-2] in ("passed", "skipped")
    seal = "not_valid" if "failed" in outcomes[:-1] else "genuine" if good else "cannot_tell"
    if "not_license" in outcomes:
        return "not_license", "not_checked", "undecided"
    place = {"passed": "here", "failed": "elsewhere", "unknown": "cannot_tell", "skipped": "not_checked"}[outcomes[-1]]
    if seal == "not_valid":
        return seal, place, "invalid"
    if seal == "cannot_tell":
        return seal, place, "undecided"
    by_place = {"here": "valid", "elsewhere": "invalid", "cannot_tell": "undecided"}
    return seal, place, by_place.get(place, "undecided" if asked else "valid")


def judged(vector: Vector) -> Verdict:
    """The program's verdict on a vector, with lists that were really read."""
    root = fixed.root()
    trust_list = trust.verify(fixed.signed_trust(vector.trust), root=root)
    entries = [status.verify(fixed.sign_status(fixed.STATUS[name][0]), trust=trust_list) for name in vector.status]
    given = vector.fix
    fix = None
    if given:
        measured = datetime.fromisoformat(given["measured_at"])
        fix = Fix(given["latitude"], given["longitude"], given["accuracy_m"], measured, given["confidence"])
    return verify(
        vector.text,
        trust=trust_list,
        status=told(status.collect(entries), vector.dates),
        hosts=trust_list.hosts if vector.hosts is None else vector.hosts,
        now=datetime.fromtimestamp(vector.now, UTC),
        fix=fix,
        check_site=vector.check_site,
        log=None if vector.log is None else fixed.view(vector.log),
    )


def told(lists: StatusLists, dates: Mapping[str, Any] | None) -> StatusLists:
    """Status lists beside what is known of the time, and of lists that are not there yet."""
    known = {**(dates or {})}
    return lists._replace(**known | {"ahead": frozenset(known.get("ahead", ()))})


def steps(text: str) -> dict[str, str]:
    """What lies between the text and the claims, in hex, as far as it can be had."""
    found: dict[str, str] = {}
    try:
        parts = wire.parse(text)
        if not (parts.digits.isascii() and parts.digits.isdigit() and 160 <= len(parts.digits) <= 1250 and parts.digits[0] != "0"):
            return found
        found |= _split(parts)
        message = wire.from_digits(parts.digits, "2" if parts.version == "2" else "1", parts.host)
        folded = {} if parts.version == "2" else {"folded": wire._inflated(bytes.fromhex(found["wire"])[64:], wire.dictionary("1")).hex()}
    except SealError:
        return found
    octets = {"protected": message.protected.hex(), "payload": message.payload.hex()}
    return found | {"signature": message.signature.hex()} | folded | octets


def _split(parts: wire.Parts) -> dict[str, str]:
    number = int(parts.digits)
    if parts.version == "2":
        body = number >> 512
        return {"body": body.to_bytes((body.bit_length() + 7) // 8, "big").hex()}
    return {"wire": wire.from_number(number).hex()}


def entry(vector: Vector) -> dict[str, Any]:
    """A vector as JSON. Raises DisagreementError."""
    said, found = judged(vector), expected(vector)
    really = [(f.check, f.outcome, f.code) for f in said.findings]
    if really != found or (said.seal, said.place, said.decision) != decided(found, vector.check_site):
        raise DisagreementError(f"{vector.name}\n  declared {found}\n  program  {really}")
    return {
        "name": vector.name,
        "why": vector.why,
        "text": vector.text,
        "now": fixed.iso(vector.now),
        "trust": vector.trust,
        "status": list(vector.status),
        "log": vector.log,
        "hosts": None if vector.hosts is None else list(vector.hosts),
        "fix": dict(vector.fix) if vector.fix else None,
        "check_site": vector.check_site,
        **({} if vector.dates is None else {"dates": dict(vector.dates)}),
        "intermediates": steps(vector.text),
        "expected": verdict.as_dict(said),
    }


def list_entry(vector: ListVector) -> dict[str, Any]:
    """A vector of a published file as JSON. Raises DisagreementError."""
    code, found = _read(vector)
    if code != vector.code:
        raise DisagreementError(f"{vector.name}: declared {vector.code}, program {code}")
    return {
        "name": vector.name,
        "why": vector.why,
        "kind": vector.kind,
        "hex": vector.data.hex(),
        "floor_sequence": vector.floor_sequence,
        "seen": vector.seen,
        "expected": {"code": code, "read": found},
    }


def memory_entry(memory: Memory) -> dict[str, Any]:
    """What a reader remembers of lists, as phones have it."""
    seen = {
        uri: {kid.hex(): {"sequence": each.sequence, "digest": each.digest.hex(), "forked": each.forked} for kid, each in known.items()}
        for uri, known in memory.numbers.items()
    }
    digest = memory.trust_digest.hex()
    return {"trustSequence": memory.trust_sequence, "trustDigest": digest, "statusIat": memory.status_iat, "numbers": seen}


def ahead_entry(vector: AheadVector) -> dict[str, Any]:
    """A vector of files that are dated ahead as JSON. Raises DisagreementError."""
    held, memory = vector.held and trust.verify(vector.held, root=fixed.root()), Memory()
    with TemporaryDirectory() as folder:
        write(Path(folder), vector.files)
        try:
            loaded = load(Path(folder), root=fixed.root(), memory=memory, now=vector.now, held=held or None)
            code = None
        except ListError as error:
            code = error.code
    if code != vector.code or (code is None and loaded.faults != vector.faults):
        raise DisagreementError(f"{vector.name}: declared {vector.code or vector.faults}, program {code or loaded.faults}")
    lists = None if code else loaded.status
    expected: dict[str, Any] = (
        {"code": code}
        if lists is None
        else {
            "sequence": loaded.trust.sequence,
            "uris": sorted(lists.lists),
            "faults": dict(loaded.faults),
            "memory": memory_entry(memory),
            "dates": {"attested": lists.attested, "dated": lists.dated, "ahead": sorted(lists.ahead)},
        }
    )
    files_ = {name: data.decode() if name.startswith(PROOFS) else data.hex() for name, data in vector.files.items()}
    before = vector.held and vector.held.hex()
    return {"name": vector.name, "why": vector.why, "now": fixed.iso(vector.now), "held": before, "files": files_, "expected": expected}


def text_entry(vector: TextVector) -> dict[str, Any]:
    """A vector of a text as JSON. Raises DisagreementError."""
    found = finding.find(vector.text, vector.hosts, vector.prefix)
    if found != vector.found:
        raise DisagreementError(f"{vector.name}\n  declared {vector.found}\n  program  {found}")
    return {**vector._asdict(), "hosts": list(vector.hosts), "found": list(found)}


def position_entry(vector: PositionVector) -> dict[str, Any]:
    """A vector of a position as JSON. Raises DisagreementError."""
    try:
        fix = fixes.parse(vector.text, measured_at=datetime.fromtimestamp(fixed.NOW, UTC))
        said: tuple[float, float, float] | str = fix.latitude, fix.longitude, fix.accuracy_m
    except FormatError as error:
        said = error.code
    if said != vector.expected:
        raise DisagreementError(f"{vector.name}: declared {vector.expected}, program {said}")
    return {"name": vector.name, "text": vector.text, "expected": said if isinstance(said, str) else list(said)}


def notice_entry(vector: NoticeVector) -> dict[str, Any]:
    """A vector of a notice as JSON. Raises DisagreementError."""
    trusted = trust.verify(fixed.signed_trust("notices"), root=fixed.root())
    now = datetime.fromtimestamp(vector.now, UTC)
    said = notices.verify(vector.text, trust=trusted, hosts=trusted.hosts, now=now)
    if (said.state, said.code) != vector.expected:
        raise DisagreementError(f"{vector.name}: declared {vector.expected}, program {said.state} {said.code}")
    expected = {"state": said.state, "code": said.code, "notice": said.notice and said.notice._asdict()}
    kid = said.key and said.key.kid.hex()
    return {"name": vector.name, "why": vector.why, "text": vector.text, "now": fixed.iso(vector.now), "expected": {**expected, "kid": kid}}


def chain_entry(vector: ChainVector) -> dict[str, Any]:
    """A vector of a device's chain as JSON. Raises DisagreementError."""
    said = chain.judge(inspections.KEY, vector.messages, vector.known)
    declared = (vector.codes, vector.sequence, vector.gaps, vector.cut)
    if (said.codes, said.head.sequence, said.gaps, said.cut) != declared:
        raise DisagreementError(f"{vector.name}: declared {declared}, program {said}")
    known = {"sequence": vector.known.sequence, "digest": _hex(vector.known.digest)} if vector.known else None
    expected = {"codes": list(said.codes), "sequence": said.head.sequence, "digest": _hex(said.head.digest), "gaps": list(said.gaps)}
    messages = [message.hex() for message in vector.messages]
    return {"name": vector.name, "why": vector.why, "messages": messages, "known": known, "expected": {**expected, "cut": said.cut}}


def object_entry(vector: ObjectVector) -> dict[str, Any]:
    """A vector of another object of a device, or of an inspection's payload, as JSON. Raises DisagreementError."""
    server = fixed.private(inspections.SERVER).public_key()
    code = None
    try:
        if vector.kind == "payload":
            if inspection.to_bytes(inspection.from_bytes(vector.data)) != vector.data:
                raise DisagreementError(f"{vector.name}: it is not what its record is written as")
        elif vector.kind == "enrolment":
            device.open_enrolment(vector.data)
        else:
            chain.open_head(vector.data, server)
    except SealError as error:
        code = error.code
    if code != vector.code:
        raise DisagreementError(f"{vector.kind} {vector.name}: declared {vector.code}, program {code}")
    return {"name": vector.name, "why": vector.why, "kind": vector.kind, "hex": vector.data.hex(), "expected": code}


def photograph_entry(vector: PhotographVector) -> dict[str, Any]:
    """A vector of a photograph as JSON. Raises DisagreementError."""
    held = inspection.open_inspection(vector.message, lambda _: inspections.KEY)
    if inspection.is_photograph(held, vector.file) != vector.expected:
        raise DisagreementError(vector.name)
    return {"name": vector.name, "message": vector.message.hex(), "file": vector.file.hex(), "expected": vector.expected}


def devices() -> dict[str, Any]:
    """All that devices sign."""
    return {
        "note": "TEST KEYS, known to everybody, as in worlds.json.",
        "device": {"kid": inspections.KID.hex(), **_coordinates(inspections.DEVICE)},
        "server": _coordinates(inspections.SERVER),
        "vectors": [chain_entry(vector) for vector in inspections.chains()],
        "objects": [object_entry(vector) for vector in inspections.objects()],
        "photographs": [photograph_entry(vector) for vector in inspections.photographs()],
    }


def _coordinates(name: str) -> dict[str, str]:
    x, y = trust.coordinates(fixed.private(name).public_key())
    return {"x": x.hex(), "y": y.hex()}


def _hex(octets: bytes | None) -> str | None:
    return None if octets is None else octets.hex()


def log_entry(log: LogTerms | None) -> dict[str, Any] | None:
    """By what a log is known, as JSON."""
    return log and {**log._asdict(), "keys": list(log.keys), "witnesses": list(log.witnesses)}


def proof_entry(vector: ProofVector) -> dict[str, Any]:
    """A list with its proof as JSON, once the program has said what it declares."""
    trusted = trust.verify(fixed.signed_trust(vector.trust), root=fixed.root())
    code = None
    try:
        status.verify(vector.list, trust=trusted)
        if trusted.lists_proven:
            listed.check(sha256(vector.list).digest(), vector.proof or b"", trusted)
    except ListError as error:
        code = error.code
    declared = None if vector.holds else "status_list_unproven"
    if code != declared:
        raise DisagreementError(f"{vector.name}: {code}, not {declared}")
    proof = None if vector.proof is None else vector.proof.decode("utf-8")
    return {"name": vector.name, "why": vector.why, "trust": vector.trust, "list": vector.list.hex(), "proof": proof, "code": code}


def order_entry(vector: OrderVector) -> dict[str, Any]:
    """What readers make of lists that come one after another, as JSON. Raises DisagreementError."""
    said = [visit._replace(**answer) for visit, answer in zip(vector.visits, order.answers(vector), strict=True)]
    if said != list(vector.visits):
        raise DisagreementError(f"{vector.name}: {[(was.codes, was.refused, was.ran_on, was.begun_anew) for was in said]}")
    visits = [
        {**visit._asdict(), "trust": visit.trust.hex(), "lists": [data.hex() for data in visit.lists], "codes": list(visit.codes)}
        for visit in vector.visits
    ]
    return {"name": vector.name, "why": vector.why, "text": order.TEXT, "now": fixed.iso(order.NOW), "visits": visits}


def view_entry(view: Held) -> dict[str, Any]:
    """What is at hand of a log, as JSON: positions to leaf hashes in hex."""
    return {**view._asdict(), "leaves": {str(position): leaf.hex() for position, leaf in sorted(view.leaves.items())}}


def pack_entry(vector: PackVector) -> dict[str, Any]:
    """A vector of a pack of the log as JSON. Raises DisagreementError."""
    code, answers = None, []
    try:
        pack = packs.verify(vector.index, trust=trust.verify(fixed.signed_trust("main"), root=fixed.root()))
        held = packs.rows(pack, vector.segments, size=vector.size)
        view = packs.Packed(pack.authority, vector.size, pack.iat, held)
        answers = [view.holds(position, leaf, authority) for position, leaf, authority, _ in vector.asked]
    except ListError as error:
        code = error.code
    if code != vector.code or answers != [wanted for *_, wanted in vector.asked]:
        raise DisagreementError(f"{vector.name}: declared {vector.code}, program {code}, {answers}")
    asked = [[position, leaf.hex(), authority, wanted] for position, leaf, authority, wanted in vector.asked]
    octets = {"index": vector.index.hex(), "segments": [data.hex() for data in vector.segments]}
    return {"name": vector.name, "why": vector.why, **octets, "size": vector.size, "expected": code, "holds": asked}


def root_entry(vector: RootVector) -> dict[str, Any]:
    """A vector of a root document, or of a trust list under one, as JSON. Raises DisagreementError."""
    code, found = None, None
    try:
        found = _rooted(vector)
    except ListError as error:
        code = error.code
    if code != vector.code:
        raise DisagreementError(f"{vector.name}: declared {vector.code}, program {code}")
    data = b64encode(vector.data).decode()
    names = {"name": vector.name, "why": vector.why, "kind": vector.kind, "former": vector.former}
    return {**names, "base64": data, "expected": {"code": code, "read": found}}


def _rooted(vector: RootVector) -> dict[str, Any]:
    former = roots.pinned(roots_group.documents()[vector.former]) if vector.former else None
    if vector.kind == "trust":
        assert former is not None
        taken = trust.verify(vector.data, root=former)
        return {"sequence": taken.sequence, "next_update": taken.next_update}
    document = roots.succeed(former, vector.data) if former else roots.pinned(vector.data)
    told = {name: value for name, value in document._asdict().items() if name != "keys"}
    return {**told, "kids": [key.kid.hex() for key in document.keys]}


def rooted() -> dict[str, Any]:
    """Root documents, and what stands under them."""
    held = {name: b64encode(data).decode() for name, data in roots_group.documents().items()}
    return {"check": "roots", "documents": held, "vectors": [root_entry(vector) for vector in roots_group.vectors()]}


def _read(vector: ListVector) -> tuple[str | None, dict[str, Any] | None]:
    try:
        if vector.kind == "trust":
            taken = trust.verify(vector.data, root=fixed.root()._replace(floor_sequence=vector.floor_sequence), seen_sequence=vector.seen)
            kids = sorted(kid.hex() for kid in taken.keys)
            numbers = {"sequence": taken.sequence, "issued_at": taken.issued_at, "next_update": taken.next_update}
            whose = {"prefix": taken.governorate.prefix, "name": dict(taken.governorate.name)}
            worded = {"violations": dict(taken.violations)} if taken.violations else {}
            void = {kid.hex(): [list(each) for each in key.voided] for kid, key in sorted(taken.keys.items()) if key.voided}
            worded |= {"voided": void} if void else {}
            stolen = {kid.hex(): key.stolen_at for kid, key in sorted(taken.keys.items()) if key.stolen_at is not None}
            acts = {"acts": log_entry(taken.acts), "lists_proven": taken.lists_proven} if taken.acts else {}
            return None, {**numbers, "kids": kids, "governorate": whose, "log": log_entry(taken.log), **acts, "stolen_at": stolen, **worded}
        main = trust.verify(fixed.signed_trust("main"), root=fixed.root())
        listed = status.verify(vector.data, trust=main)
        if listed.iat < vector.seen:
            raise ListError("status_list_older", listed.uri)
        found = {"uri": listed.uri, "iat": listed.iat, "exp": listed.exp, "bits": listed.bits, "entries": len(listed)}
        return None, {**found, "trust_sequence": listed.trust_sequence, **({"sequence": listed.sequence} if listed.sequence else {})}
    except ListError as error:
        return error.code, None


def worlds() -> dict[str, Any]:
    """The signed lists that the vectors name, and the root that signs them."""
    x, y = trust.coordinates(fixed.root().public_key)
    return {
        "note": "TEST KEYS, known to everybody: SHA-256('khatm test vectors: NAME') mod n. Trust nothing that they sign.",
        "root": {"kid": fixed.ROOT_KID.hex(), "x": x.hex(), "y": y.hex(), "floor_sequence": 1},
        "dictionary": {"version": "1", "hex": wire.dictionary("1").hex()},
        "version_2": {"dictionary": wire.dictionary("2").hex(), "tables": _tables()},
        "alphabet": [None if letter == "\ufffe" else letter for letter in fold.ALPHABET],
        "trust": {name: {"why": why, "hex": fixed.signed_trust(name).hex()} for name, (_, why) in fixed.TRUST.items()},
        "status": {name: {"why": why, "hex": fixed.sign_status(listed).hex()} for name, (listed, why) in fixed.STATUS.items()},
        "log": {name: {"why": why, **view_entry(view), "pack": fixed.PACKS.get(name)} for name, (view, why) in fixed.LOGS.items()},
        "typ": {"trust": trust.TYP, "status": status.TYP},
    }


def _tables() -> dict[str, Any]:
    """What readers of version 2 need of its tables."""
    held = json.loads((Path(wire.__file__).parent / "data/tables-2.json").read_text("utf-8"))
    return {name: held[name] for name in ("authorities", "types", "activities", "radii", "periods", "header")}


def files() -> Iterator[tuple[str, str]]:
    """Every file and what belongs in it."""
    vectors = {name: list(group.vectors()) for name, group in GROUPS.items()}  # all first: they add to the lists that they name
    names: set[tuple[str, str]] = set()
    for group, made in vectors.items():
        for vector in made:
            if (group, vector.name) in names:
                raise DisagreementError(f"two vectors named {vector.name}")
            names.add((group, vector.name))
        yield f"{group}.json", _json({"check": group, "vectors": [entry(vector) for vector in made]})
    yield "lists.json", _json({"check": "lists", "vectors": [list_entry(vector) for vector in lists.vectors()]})
    yield "proofs.json", _json({"check": "proofs", "vectors": [proof_entry(vector) for vector in proofs.vectors()]})
    yield "order.json", _json({"check": "order", "vectors": [order_entry(vector) for vector in order.vectors()]})
    yield "ahead.json", _json({"check": "ahead", "vectors": [ahead_entry(vector) for vector in ahead.vectors()]})
    yield "texts.json", _json({"check": "texts", "vectors": [text_entry(vector) for vector in edge.texts()]})
    yield "positions.json", _json({"check": "positions", "vectors": [position_entry(vector) for vector in edge.positions()]})
    told = [notice_entry(vector) for vector in notices_group.vectors()]
    yield "notices.json", _json({"check": "notices", "trust": "notices", "vectors": told})
    yield "log_packs.json", _json({"check": "log_packs", "vectors": [pack_entry(vector) for vector in log_packs.vectors()]})
    yield "inspections.json", _json(devices())
    yield "roots.json", _json(rooted())
    yield "worlds.json", _json(worlds())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """Write or check the files; 1 if they differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.vectors.generate")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file differs")
    check = parser.parse_args().check
    made = dict(files())
    stale = [path.name for path in sorted(FOLDER.glob("*.json")) if path.name not in made]
    for name, content in made.items():
        path = FOLDER / name
        if not path.exists() or path.read_text("utf-8") != content:
            stale.append(name)
            if not check:
                path.write_text(content, "utf-8")
    count = sum(len(json.loads(content).get("vectors", [])) for content in made.values())
    print(
        f"{count} vectors in {len(made)} files"
        + (f"; {'differ' if check else 'written'}: {', '.join(stale)}" if stale else ", all current")
    )
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
