"""Whether everything agrees: plain SQL, sums of its own, the public files, the provider's and the gateway's books, what people hold.

Nothing here asks the code that wrote. The commands of the house (`khatm audit verify`, `doctor`, `database check`) are asked besides.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import published
from seal import claims, cose, days, leaves, wire
from seal.inspection import digest
from tests.processes import PATIENCE_SECONDS
from tests.week.city import HOST
from tests.week.comparing import Checked
from tests.week.enforcement import Enforcement
from tests.week.money import Money
from tests.week.people import Browser

_LIST = 65_536


class Auditor(Money, Enforcement):
    """Everything. Make it when nothing runs that writes."""

    def all(self) -> Iterator[Checked]:
        yield from self.money()
        yield from self.licenses()
        yield from self.messages()
        yield from self.inspections()
        yield from self.enforcement()

    # -- licenses --------------------------------------------------------------------------------------------------------------------

    def licenses(self) -> Iterator[Checked]:
        seals = self.rows("SELECT s.*, l.number, l.first_day, l.last_day FROM seal s JOIN license l ON l.id = s.license_id")
        applications = self.rows("SELECT number, state, issued, entered_by, approved_by FROM application WHERE number IS NOT NULL")
        wrong = [
            f"{number}: {count} licenses"
            for number, count in Counter(row.number for row in self.rows("SELECT number FROM license")).items()
            if count > 1
        ]
        issued = Counter(row.issued for row in applications if row.issued)
        wrong += [f"{number} came of {count} applications" for number, count in issued.items() if count > 1]
        wrong += [f"{number} is a license without an application" for number in {row.number for row in seals} - issued.keys()]
        wrong += [f"{number} was issued and is no license" for number in issued.keys() - {row.number for row in seals}]
        wrong += [
            f"{row.number}: entered and approved by {row.approved_by}"
            for row in applications
            if row.issued and (not row.approved_by or row.approved_by == row.entered_by)
        ]
        paid = {row.subject for row in self.rows("SELECT subject FROM bill WHERE state = 'paid'")}
        wrong += [f"{row.number} was issued unpaid" for row in applications if row.issued and row.number not in paid]
        yield Checked(
            "one license for each issued application, paid and approved by somebody else, no number twice", len(issued), tuple(wrong)
        )
        held = {row.number: row.issued for row in applications}
        wrong = [
            f"{number}: people were told {license_}, the register has {held.get(number)}"
            for number, license_ in self.books.licenses.items()
            if held.get(number) != license_
        ]
        wrong += [
            f"{number} was refused and is {row.state}"
            for row in applications
            for number in [row.number]
            if number in self.books.refused and row.state != "rejected"
        ]
        yield Checked("people's licenses are the register's", len(self.books.licenses), tuple(wrong))
        links = {row.number: row.previous for row in self.rows("SELECT number, previous FROM license_link WHERE kind = 'renewal'")}
        wrong = [
            f"{number}: people renewed {self.books.renewed.get(number)}, the register {links.get(number)}"
            for number in links.keys() | self.books.renewed.keys()
            if links.get(number) != self.books.renewed.get(number)
        ]
        yield Checked("licenses follow those that people renewed", len(links), tuple(wrong))
        wrong = [
            f"{where}: {'nobody told of' if owed else 'still told of'} the key that ends"
            for where, told, owed in self.books.warned
            if told != owed
        ]
        yield Checked("a key that ends is told until there is another one", len(self.books.warned), tuple(wrong))
        yield self._log(seals)
        yield from self._status(seals)

    def _log(self, seals: list[Any]) -> Checked:
        """The log of seals is rebuilt from its published entries, by hashes of our own, and held against head and register."""
        lines = (self.city.published / "log/checkpoint").read_text("utf-8").split("\n")
        size, root = int(lines[1]), lines[2]
        entries = _entries(self.city.published / "log", size)
        import base64

        wrong = (
            []
            if base64.b64encode(_root([sha256(b"\0" + each).digest() for each in entries])).decode() == root
            else ["its root is not that of its entries"]
        )
        places = {(row.list - 1) * _LIST + row.idx: row for row in seals}
        if len(places) != len(seals):
            wrong.append("two seals have one place")
        first = min(places, default=0)
        for position, row in places.items():
            if position >= size:
                wrong.append(f"{row.number} (edition {row.edition}) is not in the log")
            elif leaves.entry_of(cose.from_bytes(bytes(row.token))) != entries[position]:
                wrong.append(f"{row.number} (edition {row.edition}): another entry stands at {position}")
        if size != first + len(places):
            wrong.append(f"{size} entries, {len(places)} seals from {first} on")
        return Checked("the log holds every seal of the register at its place, and nothing else", size, tuple(wrong))

    def _status(self, seals: list[Any]) -> Iterator[Checked]:
        root = published.read_root(self.city.etc / "root.cose")
        lists = published.load(self.city.published, root=root, memory=published.Memory(), now=self.city.clock.seconds())
        by_uri = list(lists.status.lists.items())
        wrong = [f"{name}: {fault}" for name, fault in dict(lists.faults).items()]
        for row in seals:
            found = [entries.at(row.idx) for uri, entries in by_uri if str(uri).endswith(f"/{row.list}")]
            if found != [row.status]:
                wrong.append(f"{row.number} (edition {row.edition}): status {row.status}, published {found}")
        yield Checked("published status lists say what the register says", len(seals), tuple(wrong))
        newest: dict[str, Any] = {}
        for row in seals:
            if row.number not in newest or newest[row.number].edition < row.edition:
                newest[row.number] = row
        names = {0: "valid", 1: "revoked", 2: "suspended"}
        wrong = [
            f"{number}: people made it {status}, the register says {names.get(newest[number].status, newest[number].status)}"
            for number, status in self.books.statuses.items()
            if number not in newest or names.get(newest[number].status) != status
        ]
        yield Checked("statuses are those that people asked for", len(self.books.statuses), tuple(wrong))
        yield self._verified(seals, newest)

    def _verified(self, seals: list[Any], newest: dict[str, Any]) -> Checked:
        """The second machine, which follows over the network, judges every seal as the register would have it."""
        browser, today = Browser(self.city.base(8000, self.city.verifier), HOST, "203.0.113.77"), self.city.clock.day().isoformat()
        wrong = []
        for row in seals:
            message = cose.from_bytes(bytes(row.token))
            page = _judge(browser, wire.write(message, HOST))
            current = newest[row.number].id == row.id
            fine = row.status == 0 and current and row.first_day <= today <= (row.last_day or today)
            if (page["seal"] == "genuine") != fine:
                wrong.append(
                    f"{row.number} (edition {row.edition}): status {row.status}, the verifier says {page['seal']} {page['reason']}"
                )
            if claims.from_bytes(message.payload).edition != row.edition:
                wrong.append(f"{row.number}: its seal says another edition")
        return Checked("a verifier on another machine judges each seal as the register has it", len(seals), tuple(wrong))

    # -- messages --------------------------------------------------------------------------------------------------------------------

    def messages(self) -> Iterator[Checked]:
        held = self.rows("SELECT id, event, recipient, text, state, attempts, due, parts FROM message")
        parts = self.rows("SELECT message_id, number, provider_id FROM message_part")
        taken = [each for each in list(self.city.gateway.events) if each["event"] == "submitted"]
        ids = Counter(each["id"] for each in taken)
        known = Counter(each.provider_id for each in parts)
        wrong = [f"part {id_} is {count} times in the register" for id_, count in known.items() if count > 1]
        wrong += [f"the register has {id_}, and the gateway never took it" for id_ in known.keys() - ids.keys()]
        yield Checked("every part that the register calls sent is in the gateway's book, once", len(parts), tuple(wrong))
        texts = Counter(self.city.texts())
        mine = Counter((row.recipient, row.text) for row in held if row.recipient and row.state in ("sent", "delivered"))
        again = {(row.recipient, row.text) for row in held if row.attempts > 1}
        wrong = [
            f"{row.event} ({row.state}) is not in the gateway's book"
            for row in held
            if row.recipient
            and row.state in ("sent", "delivered")
            and not row.event.startswith("code/")
            and not texts[row.recipient, row.text]
        ]
        twice = [key for key, count in texts.items() if count > max(1, mine[key])]
        wrong += [f"{key[0][-4:]}: {texts[key]} times the same, after one attempt" for key in twice if key not in again]
        orphans = ids.keys() - known.keys()
        yield Checked(
            "every message that was sent came to the telephone once",
            len(mine),
            tuple(wrong),
            f"{len(twice)} came twice, {len(orphans)} parts have no answer in the register: a connection broke before it",
        )
        late = self.city.clock.seconds() - 3600
        states = Counter(row.state for row in held)
        wrong = [f"{row.event} waits, and was due an hour ago" for row in held if row.state == "waiting" and row.due < late]
        wrong += [f"{row.event}: {row.state}" for row in held if row.state in ("failed", "given_up")]
        yield Checked(
            "no message is forgotten", len(held), tuple(wrong), ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        )
        all_texts = defaultdict(list)
        for to, said in texts.elements():
            all_texts[to].append(said)
        wrong = [
            f"{why}: nothing came to …{to[-4:]}"
            for to, piece, why in self.books.expected
            if not any(piece in said for said in all_texts["+2" + to])
        ]
        wrong += self._owed(Counter(row.event for row in held))
        wrong += [
            f"nobody reminded of {number}"
            for number in self.books.renewed.values()
            if not any(f"reminder/{number}/" in row.event for row in held)
        ]
        for to, day in self.books.appointments:
            over = days.start_of(date.fromisoformat(day)) <= self.city.clock.seconds()
            if over and not any(day in said for said in all_texts["+2" + to]):
                wrong.append(f"nobody reminded …{to[-4:]} of the appointment on {day}")
        yield Checked("every message that a state owes was sent", len(self.books.expected), tuple(wrong))

    def _owed(self, events: Counter[str]) -> Iterator[str]:
        """Steps of which applicants are told, against the messages of each; and each seal that was issued to somebody with a telephone."""
        told = Counter(re.sub(r"/\d+/", "/", event) for event in events if event.startswith("APP-"))
        steps = self.rows(
            "SELECT a.number, e.action, count(*) AS many FROM application_event e JOIN application a ON a.id = e.application_id"
            " WHERE a.mobile <> '' AND a.number IS NOT NULL AND e.action IN ('submit', 'return', 'reject', 'approve')"
            " GROUP BY a.number, e.action"
        )
        for row in steps:
            if told[f"{row.number}/{row.action}"] != row.many:
                yield f"{row.number}: {row.action} {row.many} times, told {told[f'{row.number}/{row.action}']} times"
        for row in self.rows("SELECT number, issued FROM application WHERE issued IS NOT NULL AND mobile <> ''"):
            if not events[f"{row.issued}/0/issued"]:
                yield f"{row.number} was issued as {row.issued}, and nobody was told"

    # -- inspections -----------------------------------------------------------------------------------------------------------------

    def inspections(self) -> Iterator[Checked]:
        held = {bytes(row.digest): row for row in self.rows("SELECT * FROM inspection", self.street)}
        signed = {digest(message): message for message in self.books.signed.values()}
        wrong = [f"a phone signed {each.hex()[:12]}, and the server has it not" for each in signed.keys() - held.keys()]
        wrong += [f"the server has {each.hex()[:12]}, and no phone signed it" for each in held.keys() - signed.keys()]
        wrong += [f"{each.hex()[:12]} came otherwise" for each in signed.keys() & held.keys() if bytes(held[each].message) != signed[each]]
        wrong += [
            f"inspection {row.id}: {row.state}, chain {row.chain}, {row.reasons}"
            for row in held.values()
            if row.chain != "linked" or row.state != "confirmed"
        ]
        yield Checked("inspections are what the phones signed, in unbroken chains", len(signed), tuple(wrong))
        wanted = self.rows("SELECT DISTINCT sha256, size FROM inspection_photograph", self.street)
        there = {bytes(row.sha256) for row in self.rows("SELECT sha256 FROM photograph", self.street)}
        files = {
            path.name.split(".")[0] for path in (self.city.office.folder / "var/lib/khatm/inspections/files").rglob("*") if path.is_file()
        }
        wrong = [
            f"photograph {bytes(row.sha256).hex()[:12]} is missing"
            for row in wanted
            if bytes(row.sha256) not in there or bytes(row.sha256).hex() not in files
        ]
        yield Checked("every photograph that was signed is there", len(wanted), tuple(wrong))


def _judge(browser: Browser, code: str) -> dict[str, Any]:
    import urllib3

    answer = urllib3.PoolManager(retries=False, timeout=PATIENCE_SECONDS).request(
        "POST",
        browser.base + "/api/v1/verify",
        json={"text": code, "site": False},
        headers={"Host": HOST, "X-Forwarded-For": "203.0.113.77", "X-Forwarded-Proto": "https"},
    )
    told: dict[str, Any] = json.loads(answer.data)
    return told


def _entries(log: Path, size: int) -> list[bytes]:
    """The entries of a log by its public files: C2SP tlog-tiles, 256 in a bundle, each after its length in two octets."""
    found: list[bytes] = []
    for index in range((size + 255) // 256):
        name, width = f"{index:03}", min(256, size - index * 256)
        path = log / "tile/entries" / (name if width == 256 else f"{name}.p/{width}")
        data = path.read_bytes()
        while data:
            length = int.from_bytes(data[:2], "big")
            found.append(data[2 : 2 + length])
            data = data[2 + length :]
    return found


def _root(hashes: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1."""
    if len(hashes) == 1:
        return hashes[0]
    if not hashes:
        return sha256(b"").digest()
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return sha256(b"\1" + _root(hashes[:half]) + _root(hashes[half:])).digest()
