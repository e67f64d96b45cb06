"""Every address and every visitor: who gets in, and that nobody sees or touches what is another's.

The table here is written out by hand. A new route without a line in it fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from accounts.guard import Rule
from office.applicants import keyring
from office.desk import access
from office.desk.app import create_app
from tests import share
from tests.issuer import offices
from tests.office.applications.conftest import Keys, unlocked
from tests.office.desk.house import plain
from tests.office.desk.town import Town

__all__ = ["unlocked"]

EVERYBODY = {"stranger", "citizen", "other", "clerk", "reviewer", "cashier", "manager", "administrator", "elsewhere"}
CITIZENS = {"citizen", "other"}
DESK = {"clerk", "reviewer", "cashier", "manager", "elsewhere"}
STAFF = {*DESK, "administrator"}
PREPARE = {"clerk", "reviewer", "manager", "elsewhere"}
LEADS = {"manager", "elsewhere"}
#: method and address, with who is let in by the door. `{own}`, `{draft}`, `{counter}` and `{license}` stand for what is there.
ADDRESSES: dict[str, set[str]] = {
    "GET /": EVERYBODY,
    "GET /sign-in": EVERYBODY,
    "POST /sign-in": EVERYBODY,
    "POST /sign-in/code": EVERYBODY,
    "POST /sign-out": EVERYBODY,
    "GET /applications": CITIZENS,
    "GET /apply": CITIZENS,
    "POST /apply": CITIZENS,
    "GET /apply/{draft}/details": CITIZENS,
    "POST /apply/{draft}/details": CITIZENS,
    "POST /apply/{draft}/attach": CITIZENS,
    "POST /apply/{draft}/detach/1": CITIZENS,
    "GET /apply/{draft}/attached/1": CITIZENS,
    "GET /apply/{draft}/map.svg": CITIZENS,
    "POST /apply/{draft}/discard": CITIZENS,
    "POST /apply/{draft}/send": CITIZENS,
    "GET /applications/{own}": CITIZENS,
    "POST /applications/{own}/do/withdraw": CITIZENS,
    "POST /applications/{own}/pay": CITIZENS,
    "GET /applications/{own}/documents/1": CITIZENS,
    "GET /applications/{own}/documents/1/view": CITIZENS,
    "GET /applications/{own}/documents/1/pages/1.jpg": CITIZENS,
    "POST /applications/{own}/documents/1/replace": CITIZENS,
    "GET /applications/{own}/receipt.png": CITIZENS,
    "GET /applications/{own}/license.png": CITIZENS,
    "GET /applications/{own}/objection": CITIZENS,
    "POST /applications/{own}/objection": CITIZENS,
    "GET /licenses": CITIZENS,
    "GET /licenses/{license}": CITIZENS,
    "GET /licenses/{license}/license.png": CITIZENS,
    "GET /licenses/{license}/license.pkpass": CITIZENS,  # 404 without keys
    "GET /licenses/{license}/google-wallet": CITIZENS,
    "POST /licenses/{license}/renew": CITIZENS,
    "GET /k/nonsense": EVERYBODY,
    "GET /k/nonsense/license.png": EVERYBODY,
    "GET /notice": EVERYBODY,
    "POST /notice": EVERYBODY,
    "POST /notice/objection": EVERYBODY,
    "POST /notice/paper": EVERYBODY,
    "POST /messages/receipt": EVERYBODY,
    "GET /centre/sign-in": EVERYBODY,
    "POST /centre/sign-in": EVERYBODY,
    "GET /centre/welcome/nonsense": EVERYBODY,
    "POST /centre/welcome/nonsense": EVERYBODY,
    "GET /centre/code": set(),
    "POST /centre/code": set(),
    "POST /centre/enrol": set(),
    "GET /centre/waiting": STAFF,
    "GET /centre/passkeys": STAFF,
    "POST /centre/passkeys": STAFF,
    "POST /centre/passkeys/1/name": STAFF,
    "POST /centre/passkeys/1/remove": STAFF,
    "POST /centre/sign-out": EVERYBODY,
    "GET /centre/": STAFF,
    "GET /centre/work.csv": {"manager", "elsewhere"},
    "GET /centre/work.xlsx": {"manager", "elsewhere"},
    "GET /centre/sites": DESK,
    "GET /centre/licenses": DESK,
    "GET /centre/licenses/{license}": DESK,
    "GET /centre/licenses/{license}/license.png": DESK,
    "POST /centre/licenses/{license}/print": {"clerk", "manager", "elsewhere"},
    "GET /centre/licenses/map": DESK,
    "GET /centre/licenses/{license}/change/suspend": PREPARE,
    "POST /centre/licenses/{license}/change/suspend": PREPARE,
    "GET /centre/held": {"reviewer", "manager", "elsewhere"},
    "GET /centre/held/{held}": {"reviewer", "manager", "elsewhere"},
    "POST /centre/held/{held}": {"reviewer", "manager", "elsewhere"},
    "GET /centre/imports": {*PREPARE, "administrator"},
    "POST /centre/imports": PREPARE,
    "GET /centre/imports/{import}": {*PREPARE, "administrator"},
    "GET /centre/imports/{import}/rows.csv": {*PREPARE, "administrator"},
    "GET /centre/imports/{import}/rows/2": PREPARE,
    "POST /centre/imports/{import}/rows/2": PREPARE,
    "POST /centre/imports/{import}/ask": PREPARE,
    "POST /centre/imports/{import}/discard": PREPARE,
    "GET /centre/stickers": {"clerk", "manager", "elsewhere"},
    "POST /centre/stickers": {"clerk", "manager", "elsewhere"},
    "GET /centre/apply": {"clerk", "elsewhere"},
    "POST /centre/apply": {"clerk", "elsewhere"},
    "GET /centre/apply/{counter}/details": {"clerk", "elsewhere"},
    "POST /centre/apply/{counter}/details": {"clerk", "elsewhere"},
    "POST /centre/apply/{counter}/attach": {"clerk", "elsewhere"},
    "POST /centre/apply/{counter}/detach/1": {"clerk", "elsewhere"},
    "GET /centre/apply/{counter}/attached/1": {"clerk", "elsewhere"},
    "GET /centre/apply/{counter}/map.svg": {"clerk", "elsewhere"},
    "POST /centre/apply/{counter}/discard": {"clerk", "elsewhere"},
    "POST /centre/apply/{counter}/send": {"clerk", "elsewhere"},
    "GET /centre/applications/{own}": DESK,
    "POST /centre/applications/{own}/do/reject": DESK,
    "GET /centre/applications/{own}/documents/1": DESK,
    "GET /centre/applications/{own}/documents/1/view": DESK,
    "GET /centre/applications/{own}/documents/1/pages/1.jpg": DESK,
    "POST /centre/applications/{own}/documents/1/replace": {"clerk", "elsewhere"},
    "POST /centre/applications/{own}/documents/1/judge": {"reviewer", "manager", "elsewhere"},
    "GET /centre/applications/{own}/receipt.png": DESK,
    "GET /centre/applications/{own}/license.png": DESK,
    "POST /applications/{own}/applicant": CITIZENS,
    "POST /apply/{draft}/applicant": CITIZENS,
    "POST /centre/applications/{own}/applicant": {"clerk", "reviewer", "manager", "elsewhere"},
    "POST /centre/apply/{counter}/applicant": {"clerk", "elsewhere"},
    "GET /centre/applicants": {"clerk", "reviewer", "manager", "elsewhere"},
    "POST /centre/applicants": {"clerk", "reviewer", "manager", "elsewhere"},
    "GET /centre/applicants/looks": {"manager", "administrator", "elsewhere"},
    "GET /centre/applicants/reads": {"manager", "administrator", "elsewhere"},
    "GET /centre/applicants/reads.csv": {"manager", "administrator", "elsewhere"},
    **dict.fromkeys((f"POST /centre/applications/{{own}}/{what}" for what in ("take", "give", "back", "notes", "call", "again")), DESK),
    "POST /centre/applications/{own}/mobile": DESK,
    "POST /centre/applications/{own}/mobile/1": DESK,
    **dict.fromkeys((f"{method} /centre/work/{page}" for method in ("GET", "POST") for page in ("leave", "hand-over")), DESK),
    "POST /centre/work/leave/1/end": DESK,
    "POST /centre/work/seen": DESK,
    **dict.fromkeys((f"GET /centre/work/{page}" for page in ("board", "board.csv", "rules", "looks")), LEADS),
    **dict.fromkeys((f"POST /centre/work/{page}" for page in ("rules", "rules/1/remove")), LEADS),
    "GET /centre/till": {"cashier", "elsewhere"},
    "GET /centre/till/{own}": {"cashier", "elsewhere"},
    "POST /centre/till/{own}": {"cashier", "elsewhere"},
    "GET /centre/till/receipts/{receipt}": {"cashier", "manager", "elsewhere"},
    "GET /centre/queue": DESK,
    "POST /centre/queue/take": DESK,
    "POST /centre/queue/came": DESK,
    "POST /centre/queue/next": DESK,
    "GET /centre/queue/tickets/{ticket}": DESK,
    "POST /centre/queue/tickets/{ticket}/missed": DESK,
    "GET /centre/queue/slips/{own}": DESK,
    "GET /hall/MN1": EVERYBODY,
    "GET /slips": EVERYBODY,
    "POST /slips": EVERYBODY,
    "POST /van/api/enrol": EVERYBODY,  # by a code; the others by an enrolled laptop's token, whoever asks
    "GET /van/api/pack": EVERYBODY,
    "GET /van/api/parcels": EVERYBODY,
    "POST /van/api/parcels": EVERYBODY,
    "PUT /van/api/documents/00": EVERYBODY,
    "GET /centre/van": {"clerk", "manager", "elsewhere"},
    "GET /centre/van/list/{laptop}": {"clerk", "manager", "elsewhere"},
    "POST /centre/van/all/{laptop}": {"clerk", "elsewhere"},
    "POST /centre/van/{parcel}/file": {"clerk", "manager", "elsewhere"},
    "GET /centre/van/laptops": LEADS,
    "POST /centre/van/laptops": LEADS,
    "GET /centre/van/laptops/{laptop}": LEADS,
    "POST /centre/van/laptops/{laptop}/suspended": LEADS,
    "GET /appointments": CITIZENS,
    "POST /appointments": CITIZENS,
    "POST /appointments/{appointment}/cancel": CITIZENS,
    "GET /centre/drawers": {"cashier", "manager", "elsewhere"},
    "GET /centre/drawers/open": {"cashier", "manager", "elsewhere"},
    "POST /centre/drawers/open": {"cashier", "manager", "elsewhere"},
    "GET /centre/drawers/{drawer}": {"cashier", "manager", "elsewhere"},
    "POST /centre/drawers/{drawer}/count": {"cashier", "manager", "elsewhere"},
    "POST /centre/drawers/{drawer}/explain": {"cashier", "manager", "elsewhere"},
    "POST /centre/drawers/{drawer}/close": {"cashier", "manager", "elsewhere"},
    "GET /centre/drawers/{drawer}/slip.pdf": {"cashier", "manager", "elsewhere"},
    "GET /centre/money/due": {"cashier", "manager", "elsewhere"},
    "GET /centre/money/{own}": {"cashier", "manager", "elsewhere"},
    "POST /centre/money/{own}": {"cashier", "manager", "elsewhere"},
    "GET /centre/money": {"manager", "elsewhere"},
    "POST /centre/money/compare": set(),  # the provider's file is of all authorities: for who manages all of them
    "POST /centre/money/notices/1": {"manager", "elsewhere"},
    "POST /centre/money/refunds/1": {"manager", "elsewhere"},
    "GET /centre/proposals": {"reviewer", "manager", "elsewhere"},
    "GET /centre/proposals/{proposal}": {"reviewer", "manager", "elsewhere"},
    "POST /centre/proposals/{proposal}": {"reviewer", "manager", "elsewhere"},
    "GET /centre/requests": {"reviewer", "administrator", "elsewhere"},
    "GET /centre/requests/{request}": {"reviewer", "administrator", "elsewhere"},
    "POST /centre/requests/{request}": {"reviewer", "administrator", "elsewhere"},
    "GET /centre/reports": {"manager", "elsewhere"},
    "GET /centre/reports/counts.csv": {"manager", "elsewhere"},
    "GET /centre/reports/counts.xlsx": {"manager", "elsewhere"},
    "GET /centre/reports/waiting.csv": {"manager", "elsewhere"},
    "GET /centre/reports/waiting.xlsx": {"manager", "elsewhere"},
    "GET /centre/reports/cash": {"manager", "elsewhere"},
    "GET /centre/reports/cash.csv": {"manager", "elsewhere"},
    "GET /centre/reports/cash.xlsx": {"manager", "elsewhere"},
    "GET /centre/reports/revenue": {"manager", "elsewhere"},
    "GET /centre/reports/revenue.csv": {"manager", "elsewhere"},
    "GET /centre/reports/revenue.xlsx": {"manager", "elsewhere"},
    "GET /centre/reports/messages": {"manager", "elsewhere"},
    "POST /centre/reports/messages/1/resend": {"manager", "elsewhere"},
    "GET /centre/reports/messages.csv": {"manager", "elsewhere"},
    "GET /centre/reports/messages.xlsx": {"manager", "elsewhere"},
    "GET /centre/people": {"administrator"},
    "POST /centre/people": {"administrator"},
    "GET /centre/people/clerk": {"administrator"},
    "POST /centre/people/clerk/roles": {"administrator"},
    "POST /centre/people/clerk/confirm": {"administrator"},
    "POST /centre/people/clerk/roles/confirm": {"administrator"},
    "POST /centre/people/clerk/identity/confirm": {"administrator"},
    "POST /centre/people/clerk/invite": {"administrator"},
    "POST /centre/people/clerk/close": {"administrator"},
    "POST /centre/people/clerk/tie": {"administrator"},  # 404 without a provider, to those who are let in
    "POST /centre/people/clerk/untie": {"administrator"},
    "POST /centre/people/clerk/passkeys/1/confirm": {"administrator"},
    "POST /centre/people/clerk/passkeys/1/withdraw": {"administrator"},
    "POST /centre/people/clerk/sign": {"administrator"},
    "POST /centre/people/clerk/mobile": {"administrator"},
    "GET /centre/oidc": EVERYBODY,
    "GET /centre/oidc/back": EVERYBODY,
    "GET /k/static/desk.css": EVERYBODY,
    "GET /k/static/cairo.ttf": EVERYBODY,
    "GET /k/static/map/style.json": EVERYBODY,
    "GET /k/static/map/live.js": EVERYBODY,
    "GET /k/static/map/000000000000/14/1/1.mvt": EVERYBODY,  # 404 without a map file
    "GET /robots.txt": EVERYBODY,
    "GET /health/live": EVERYBODY,
    "GET /health/ready": EVERYBODY,
}
#: Whoever is let in by the door, but has no business with this authority or this person's things.
FOREIGN = {"other", "elsewhere"}
#: Words that a page shows of one thing alone, and who may read them.
MN1 = {"clerk", "reviewer", "cashier", "manager"}
SECRETS = {
    "مخبز الأمل": {"citizen", *MN1},
    "سامي فؤاد": {"citizen", *MN1},
    "شارع 12": {"citizen", "other", "elsewhere", *MN1},  # both shops are there
    "مسودة سرية": {"citizen"},
    "مسودة المركز": {"clerk"},
    "سر الجيران": {"other", "elsewhere"},
    "عمر خفي": {"other", "elsewhere"},
    "مقهى الصف المعلق": {"reviewer", "manager"},
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, unlocked: Keys) -> Iterator[Town]:
    """One town for all: nothing here may change it, and the last test says so."""
    folder = tmp_path_factory.mktemp("town")
    made, clerk, _ = unlocked
    keyring.make(folder / "applicants.keys", day="2026-11-24")
    home = offices.furnish(folder / "office", made, str(folder / "r.sqlite")).folder
    built = Town(home, str(folder / "r.sqlite"), clerk, applicants=folder / "applicants.keys", check_seconds=3_600)  # nobody publishes
    built.furnish()
    yield built
    built.close()


class Seen(NamedTuple):
    """What a visitor got at an address: status, the page as it is written and as a person reads it, and where it leads."""

    status: int
    text: str
    plain: str
    leads_to: str


Look = Callable[[str, str], Seen]


@pytest.fixture(scope="module")
def look(town: Town) -> Look:
    """What a visitor sees at an address to be read: asked once for all tests of a town that nothing changes."""

    @cache
    def seen(visitor: str, address: str) -> Seen:
        assert address.startswith("GET ")
        status, text, leads_to = town.ask(visitor, address)
        return Seen(status, text, plain(text), leads_to)

    return seen


def shut(status: int, leads_to: str) -> bool:
    """Whether an answer is a closed door: signing in first, or not at all."""
    return status == 403 or (status == 302 and "/sign-in" in leads_to)


READING = [address for address in ADDRESSES if address.startswith("GET ")]
WRITING = [address for address in ADDRESSES if address.startswith("POST ")]


@pytest.mark.parametrize("address", READING)
def test_only_who_has_business_there_gets_in(look: Look, address: str) -> None:
    for visitor in sorted(EVERYBODY):
        status, _, _, leads_to = look(visitor, address)
        assert shut(status, leads_to) == (visitor not in ADDRESSES[address]), (visitor, address, status)
        assert status < 500, (visitor, address)


@pytest.mark.parametrize("address", [a for a in READING if "{" in a])
def test_what_is_another_s_is_not_there(look: Look, address: str) -> None:
    for visitor in sorted(FOREIGN & ADDRESSES[address]):
        status, text, *_ = look(visitor, address)
        assert status == 404, (visitor, address, status)
        assert not any(secret in text for secret in SECRETS)


#: Every address that names something, with every thing there is in that place, of whatever kind and whosoever's: in each run every address
#: with a quarter of the things and with the neighbours' of its kind, and every thing at a quarter of the addresses.
_MORE = ("drawer", "ticket", "appointment", "held", "laptop", "parcel", "apart")
THINGS = ("own", "foreign", "draft", "counter", "license", "foreign_license", "receipt", "proposal", "request", "import", *_MORE)
NAMING = sorted({re.sub(r"{\w+}", "{}", address) for address in ADDRESSES if "{" in address})
EVERYTHING = {
    address.replace("{}", f"{{{thing}}}")
    for row, address in enumerate(NAMING)
    for column, thing in enumerate(THINGS)
    if share.turn(row + column)
}
NEIGHBOURS = {address.replace("{own}", "{foreign}").replace("{license}", "{foreign_license}") for address in ADDRESSES}
EVERYTHING |= {address for address in NEIGHBOURS if "{foreign" in address}
LISTS = ("/centre/?q=الأمل", "/centre/?q={own}", "/centre/?q=الجيران", "/centre/licenses?q=مخبز", "/centre/licenses?q={license}")
SEARCHES = [f"GET {path}" for path in (*LISTS, "/centre/till?number={own}", "/centre/till?number={foreign}")]
SEARCHES.append("GET /centre/work.csv?state=issued")


@pytest.mark.invented
@pytest.mark.parametrize("visitor", sorted(EVERYBODY))
def test_nobody_reads_what_is_not_theirs_at_any_address(look: Look, visitor: str) -> None:
    read = set()
    for address in (*READING, *(a for a in sorted(EVERYTHING) if a.startswith("GET ")), *SEARCHES):
        status, _, text, _ = look(visitor, address)
        assert status < 500, address
        for secret, readers in SECRETS.items():
            if secret in text:
                assert visitor in readers, (visitor, address, secret)
                read.add(secret)
    assert read == {secret for secret, readers in SECRETS.items() if visitor in readers}, "readers find it, or this shows nothing"


def test_each_address_and_each_thing_has_its_turn_in_every_run() -> None:
    assert {re.sub(r"{\w+}", "{}", address) for address in EVERYTHING} == set(NAMING)
    assert {thing for address in EVERYTHING for thing in re.findall(r"{(\w+)}", address)} == set(THINGS)


def test_a_stranger_is_led_to_the_door_and_back(town: Town) -> None:
    assert town.ask("stranger", "GET /applications/{own}")[2] == f"/sign-in?next=%2Fapplications%2F{town.places['own']}"
    assert town.ask("stranger", "GET /centre/reports")[2] == "/centre/sign-in?next=%2Fcentre%2Freports"


@pytest.mark.parametrize("address", WRITING)
def test_nobody_changes_what_is_another_s(town: Town, address: str) -> None:
    before = standing(town)
    for visitor in sorted(EVERYBODY - ADDRESSES[address]):
        assert town.ask(visitor, address)[0] == 403, (visitor, address)
    if "{" in address:
        for visitor in sorted(FOREIGN & ADDRESSES[address]):
            assert town.ask(visitor, address)[0] == 404, (visitor, address)
    assert standing(town) == before


@pytest.mark.invented
def test_nobody_changes_what_is_theirs_by_a_door_that_is_not(town: Town) -> None:
    """Every form with every thing, by whoever has no business with the thing."""
    before = standing(town)
    for address in (a for a in sorted(EVERYTHING) if a.startswith("POST ")):
        thing = re.findall(r"{(\w+)}", address)[0]
        for visitor in sorted(EVERYBODY - OWNERS[thing]):
            assert town.ask(visitor, address, size="A4", method="cash", amount="1", reason="x")[0] in (403, 404), (visitor, address)
    assert standing(town) == before


#: Who may do something with a thing, somewhere.
OWNERS = {
    "own": {"citizen", *MN1},
    "license": {"citizen", *MN1},
    "receipt": set(),
    "draft": {"citizen"},
    "counter": {"clerk"},
    "foreign": {"other", "elsewhere"},
    "foreign_license": {"other", "elsewhere"},
    "proposal": {"reviewer", "manager"},
    "request": {"reviewer", "administrator"},
    "held": {"reviewer", "manager"},
    "drawer": {"cashier", "manager"},
    "ticket": {"clerk", "reviewer", "cashier", "manager"},
    "appointment": {"citizen"},
    "laptop": {"clerk", "manager"},
    "parcel": {"clerk", "manager"},
    "apart": {"clerk", "manager"},
    "import": {"clerk", "reviewer", "manager", "administrator"},
}


SHARED = ("assignment", "absence", "assigning_rule", "case_note", "mobile_look", "mobile_change", "message")


def standing(town: Town) -> list[tuple[object, ...]]:
    """All that a stranger could have changed: versions and states, drafts, attachments, copies, payments."""
    with town.context.engine.connect() as connection:
        stateful = ("proposal", "sealing_request", "license_import", "queue_ticket", "appointment", "drawer", "van_device", "van_parcel")
        states = (f"SELECT id, state FROM {table} ORDER BY id" for table in stateful)
        queries = ("SELECT number, key, version, state FROM application ORDER BY id", *states)
        money = ("payment", "refund", "drawer", "drawer_tally")
        counted = ("attachment", "print", *money, "account_event", "event", "notice_objection", "license_import_row", *SHARED)
        counted = (*counted, "document_judgement")
        more = tuple(f"SELECT count(*) FROM {table}" for table in counted)
        return [tuple(row) for query in (*queries, *more) for row in connection.execute(text(query))]


def test_a_form_from_elsewhere_is_refused(town: Town) -> None:
    mona = town.visitors["citizen"]
    path = f"/applications/{town.places['own']}/do/withdraw"
    for data, headers in (
        ({}, {}),
        ({"form": "0" * 64}, {}),
        ({"form": town.visitors["other"].csrf}, {}),
        ({"form": mona.csrf}, {"Sec-Fetch-Site": "cross-site"}),
        ({"form": mona.csrf}, {"Origin": "https://evil.example"}),
        ({"form": mona.csrf}, {"Origin": "null"}),
    ):
        answer = mona.http.post(path, data=data, headers=headers)
        assert answer.status_code == 403
        assert 'data-code="forged"' in answer.text
    signing_in = town.client().http.post("/sign-in", data={"mobile": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert signing_in.status_code == 403


def test_the_table_names_every_route_and_method(town: Town) -> None:
    adapter = town.app.url_map.bind("localhost")
    tried = set()
    for address in ADDRESSES:
        method, path = address.format(**town.places).split(" ", 1)
        endpoint, _ = adapter.match(path, method=method)
        tried.add((endpoint, method))
    there = {
        (rule.endpoint, method)
        for rule in town.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint not in access.OPTIONAL
    }
    assert there == tried


def test_the_office_does_not_start_with_an_unguarded_route(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = {route: rule for route, rule in access.TABLE.items() if route != "people.close"}
    monkeypatch.setattr(access, "TABLE", lines)
    with pytest.raises(RuntimeError, match=r"people\.close"):
        create_app(town.settings, town.context)
    monkeypatch.setattr(access, "TABLE", {**lines, "people.close": Rule("staff"), "gone": Rule("anyone")})
    with pytest.raises(RuntimeError, match="gone"):
        create_app(town.settings, town.context)


def test_a_session_that_ended_opens_nothing(town: Town, tmp_path: Path) -> None:
    for visitor in ("citizen", "clerk"):
        address = "GET /applications" if visitor == "citizen" else "GET /centre/"
        town.now += 2 * 86_400
        try:
            assert town.ask(visitor, address)[0] == 302
        finally:
            town.now -= 2 * 86_400
        assert town.ask(visitor, address)[0] == 200
