"""Every role and every address: who may open it, deny by default, and no form without its token."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select
from werkzeug.routing import Rule

from accounts import directory, sessions
from inspections.alerts import store as alerts
from inspections.enforcement.tables import violation_papers, violations
from inspections.rounds import making
from inspections.visits.tables import inspections
from inspections.web import access, problems
from inspections.web.app import create_app
from inspections.web.paths import API, OFFICE_API
from inspections.webhooks import endpoints, outbox
from inspections.webhooks.delivery import way_outside
from inspections.webhooks.endpoints import EVENTS
from seal import days, notices
from tests.conftest import ROOT
from tests.inspections.phone import Phone
from tests.inspections.programs import Program
from tests.inspections.rounds import shops, today
from tests.inspections.street import PASSWORD, Street, sender

NOTICE = notices.number("MID", 2026, 1)
PEOPLE = ("stranger", "inspector", "supervisor", "police", "administrator", "elsewhere")
ALL = {"inspector", "supervisor", "police", "administrator", "elsewhere"}
OURS = {"supervisor", "administrator"}
_PUT = {"inspections": 32, "photographs": 64, "day/reorders": 32}  # hex digits of the name
#: By method and address: who is let in. `{kid}` is a device of MID; `elsewhere` is a supervisor of AGM.
TABLE: dict[str, set[str]] = {
    "GET /inspections/": ALL,
    "GET /inspections/devices": {*OURS, "elsewhere"},
    "GET /inspections/devices/{kid}": OURS,
    "POST /inspections/devices": {*OURS, "elsewhere"},
    "POST /inspections/devices/{kid}/suspend": OURS,
    "POST /inspections/devices/{kid}/resume": OURS,
    "POST /inspections/devices/{kid}/lost": OURS,
    **{f"GET /inspections/{path}": {"supervisor", "elsewhere"} for path in ("visits", "map", "coverage", "workload", "alerts")},
    **{f"GET /inspections/visits/inspections.{kind}": {"supervisor", "elsewhere"} for kind in ("csv", "xlsx", "geojson")},
    "GET /inspections/coverage/never-seen.csv": {"supervisor", "elsewhere"},
    "GET /inspections/workload/workload.csv": {"supervisor", "elsewhere"},
    "GET /inspections/alerts/alerts.csv": {"supervisor", "elsewhere"},
    "GET /inspections/visits/{visit}": {"supervisor"},
    "GET /inspections/visits/{visit}/photographs/1.jpg": {"supervisor"},
    "GET /inspections/licenses/{number}": {"supervisor"},
    "GET /inspections/licenses": set(),  # it leads to the license's own page
    "GET /inspections/alerts/{alert}": {"supervisor"},
    "POST /inspections/alerts/{alert}/close": {"supervisor"},
    "GET /inspections/people": {*OURS, "elsewhere"},
    "GET /inspections/people/{name}": OURS,
    "POST /inspections/people": {"administrator"},
    **{f"POST /inspections/people/{{name}}/{what}": {"administrator"} for what in ("roles", "roles/confirm", "confirm", "invite", "close")},
    **{f"POST /inspections/people/{{name}}/{what}": set() for what in ("tie", "untie", "identity/confirm")},  # 404 without a provider
    **{f"GET /inspections/oidc{path}": set() for path in ("", "/back")},
    "GET /inspections/day": {"supervisor", "elsewhere"},
    "GET /inspections/day/fairness": {"supervisor", "elsewhere"},
    "GET /inspections/day/{list}": {"supervisor"},
    "POST /inspections/day": {"supervisor"},
    "POST /inspections/day/wishes": {"supervisor"},
    "GET /inspections/tokens": {"administrator"},
    "POST /inspections/tokens": {"administrator"},
    "POST /inspections/tokens/{token}/revoke": {"administrator"},
    **{f"{method} /inspections/webhooks": {"administrator"} for method in ("GET", "POST")},
    "GET /inspections/webhooks/{hook}": {"administrator"},
    **{f"POST /inspections/webhooks/{{hook}}/{step}": {"administrator"} for step in ("stop", "resume", "ping")},
    "POST /inspections/webhooks/{hook}/messages/{message}/again": {"administrator"},
    "GET /inspections/api/data/v1/openapi.json": {*ALL, "stranger"},
    **{f"GET /inspections/api/data/v1/{path}": set() for path in ("inspections", "alerts", "sites", "licenses/{number}")},
    "GET /inspections/api/data/v1/inspections/{visit}": set(),
    **{f"GET /inspections/api/odata/v4/{path}": set() for path in ("", "$metadata", "{entities}")},
    "GET /inspections/api/data/v1/alerts/{alert}": set(),
    "GET /inspections/violations": {"inspector", "supervisor", "elsewhere"},
    "GET /inspections/violations/new?inspection={visit}": {"supervisor"},
    "POST /inspections/violations": {"supervisor"},
    "GET /inspections/violations/{violation}": {"supervisor"},
    "GET /inspections/violations/{violation}/notice.pdf": {"supervisor"},
    **{f"POST /inspections/violations/{{violation}}/{step}": {"supervisor"} for step in ("dismiss", "serve", "uphold", "pay", "cancel")},
    "POST /inspections/violations/{violation}/approve": {"supervisor"},
    "POST /inspections/violations/proposals": {"supervisor"},
    "GET /inspections/lookup": {"police"},
    "POST /inspections/lookup": {"police"},
    "GET /inspections/health/live": {*ALL, "stranger"},
    "GET /inspections/health/ready": {*ALL, "stranger"},
    "GET /inspections/sign-in": {*ALL, "stranger"},
    "GET /inspections/static/inspections.css": {*ALL, "stranger"},
    "GET /inspections/static/cairo.ttf": {*ALL, "stranger"},
    "GET /robots.txt": {*ALL, "stranger"},
    "GET /inspections/code": set(),
    "POST /inspections/code": set(),
    "POST /inspections/enrol": set(),
    "GET /inspections/waiting": ALL,
    "GET /inspections/nowhere": set(),
    **{f"POST /inspections/api/v1/{path}": set() for path in ("sign-in", "sign-out", "contact")},
    **{f"PUT /inspections/api/v1/{path}/{'0' * digits}": set() for path, digits in _PUT.items()},
    **{f"GET /inspections/api/v1/{path}": set() for path in ("inspections/" + "0" * 32, "sites", "sites/changes", "day")},
    **{f"PUT /inspections/api/v1/{path}": set() for path in ("inspections/" + "0" * 32, "photographs/" + "0" * 64)},
    **{f"GET /inspections/api/office/v1/{path}": set() for path in ("notices", "notices/{notice}", "proposals", "applications")},
    "PUT /inspections/api/office/v1/notices/{notice}/seal": set(),
    "POST /inspections/api/office/v1/notices/{notice}/objection": set(),
    "POST /inspections/api/office/v1/proposals/1/decision": set(),
    "POST /inspections/api/office/v1/applications": set(),
    **{f"GET /inspections/api/v1/{path}": set() for path in ("inspections/" + "0" * 32, "sites", "sites/changes")},
}


def session(street: Street, who: str) -> tuple[dict[str, str], str]:
    """The cookie of somebody who signed in, and their form token."""
    if who == "stranger":
        return {}, ""
    granted = ("AGM", "supervisor") if who == "elsewhere" else ("MID", who)
    account = street.account(who, granted)  # type: ignore[arg-type]
    with street.engine.begin() as connection:
        token = sessions.begin(connection, "staff", account.id, now=street.now)
    return {"Cookie": f"khatm_inspections={token}"}, sessions.csrf_of(token)


def a_notice(connection: Connection, seen: Row[Any], now: int) -> int:
    """A notice of MID that was served, with its paper."""
    terms = {"names": {"ar": "ا", "en": "a"}, "basis": {"ar": "ا", "en": "a"}, "version": "1", "amounts": [1, 2, 3]}
    terms |= {"window_months": 12, "objection_days": 15, "payment_days": 30}
    said = {"code": "unsafe", "terms": terms, "sample": 1, "holder": "a", "reason": "b", "findings": [], "place": "", "lat": 1, "lon": 1}
    made = {"version": 1, "state": "served", "authority": "MID", "inspection_id": seen.id, "scanned_at": seen.scanned_at}
    made |= {"reported_at": now, "reported_by_id": seen.account_id, "reported_by": "amal", "license": seen.number}
    served = {"served_on": "2026-11-29", "pay_until": "2026-12-29", "objection_until": "2026-12-29"}
    numbered = {"number": NOTICE, "occurrence": 1, "piastres": 1, "sealed_at": now}
    row = said | made | served | numbered
    found = int(connection.execute(violations.insert().values(row).returning(violations.c.id)).scalar_one())
    connection.execute(violation_papers.insert().values(violation_id=found, pdf=b"%PDF-"))
    return found


def things(street: Street, phone: Phone) -> dict[str, object]:
    """One of everything that addresses name, all of MID: a device, an inspection of a license with a photograph, an alert about it."""
    text = street.world.seal(street.world.license())
    phone.record(kind="license", result="violation", code=text, photographs=1)
    phone.sync()
    with street.engine.begin() as connection:
        row = connection.execute(select(inspections)).one()
        violation = a_notice(connection, row, street.now)
        alert = alerts.keep(
            connection, rule="one_officer", subject=row.number, authority="MID", inspections=[row.id], evidence={}, now=street.now
        )
    hook, message = waiting(street)
    outside = {"entities": "Inspections", "token": Program(street).token.id, "hook": hook, "message": message}
    named = {"number": row.number, "name": "amal", "list": round_of(street), "notice": NOTICE, "violation": violation}
    return {"kid": phone.kid.hex(), "visit": row.id, "alert": alert, **named, **outside}


def round_of(street: Street) -> int:
    """Amal's list of today."""
    shops(street, 5)
    with street.engine.connect() as connection:
        amal = directory.find(connection, "amal")
    today = days.day_of(street.now)
    ranked = making.rank(street.engine, street.context.licensed(), None, "MID", today, now=street.now)
    return making.make(street.engine, ranked, amal, by="console", now=street.now)


def waiting(street: Street) -> tuple[int, int]:
    """An endpoint of MID, and a message that waits for it."""
    way = way_outside(frozenset({"127.0.0.1"}))
    given: dict[str, Any] = {"events": EVENTS, "authorities": ["MID"], "by": "console", "now": street.now}
    with street.engine.begin() as connection:
        made = endpoints.register(connection, way, "Police", "http://127.0.0.1:9/", **given)
        outbox.ping(connection, made, now=street.now)
        return made.id, outbox.of_endpoint(connection, made.id)[0][0].id


def test_every_role_and_every_address(street: Street, phone: Phone) -> None:
    named = things(street, phone)
    found, wanted = {}, {"authority": "MID", "officer": "amal", "day": today(street)}
    for who in PEOPLE:
        headers, token = session(street, who)
        for line in TABLE:
            method, path = line.split(" ", 1)
            client = street.app.test_client(use_cookies=False)
            typed = {"form": token, "q": "abc", "inspection": str(named["visit"]), "license": str(named["number"])}
            sent = typed | (wanted if path.startswith("/inspections/day") else {}) if method == "POST" else None
            answer = client.open(path.format(**named), method=method, headers=headers, data=sent)
            answer.close()
            let_in = answer.status_code in (200, 303, 409, 422) and not (answer.location or "").startswith("/inspections/sign-in")
            if let_in:
                found.setdefault(line, set()).add(who)
    assert {line: found.get(line, set()) for line in TABLE} == TABLE


def test_every_route_has_a_line_and_every_line_a_route(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(access, "TABLE", {name: rule for name, rule in access.TABLE.items() if name != "devices.lost"})
        with pytest.raises(RuntimeError, match=r"devices\.lost"):
            create_app(street.settings, street.context)
    rules = {
        f"{method} {rule.rule}" for rule in street.app.url_map.iter_rules() for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    filled = r"\{\w+\}|[0-9a-f]{32,64}|(?<=photographs/)1(?=.jpg)|(?<=proposals/)1(?=/)|(?<=\{violation\}/)(?!notice)\w+$"
    tried = {re.sub(filled, "<>", line.partition("?")[0]) for line in TABLE}
    open_ones = {"POST /inspections/api/v1/enrol", "POST /inspections/sign-in", "POST /inspections/sign-out"}
    assert {re.sub(r"<[^>]+>", "<>", rule) for rule in rules} - tried - open_ones == {
        *("GET /inspections/welcome/<>", "POST /inspections/welcome/<>", "GET /inspections/static/<>"),
        *(f"GET /inspections/static/map/{name}" for name in ("style.json", "<>", "<>/<>/<>/<>.mvt")),
    }


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_form_that_is_not_ours_is_refused(street: Street, phone: Phone, headers: dict[str, str]) -> None:
    cookie, token = session(street, "supervisor")
    sent = {"form": token if headers else "x"}
    path = f"/inspections/devices/{phone.kid.hex()}/lost"
    answer = street.app.test_client(use_cookies=False).post(path, headers={**cookie, **headers}, data=sent)
    assert (answer.status_code, 'data-code="forged"' in answer.text) == (403, True)
    assert phone.contact()[1]["state"] == "active"


def test_a_person_is_invited_signs_in_and_sees_a_code_on_the_screen(street: Street) -> None:
    """The whole way of a supervisor, as a browser goes it."""
    street.account("hoda", ("MID", "supervisor"))
    street.account("amal", ("MID", "inspector"))
    street.now += 30
    client = street.client()
    door = client.get("/inspections/devices")
    assert door.status_code == 302 and door.location == "/inspections/sign-in?next=%2Finspections%2Fdevices"
    assert client.post("/inspections/sign-in", data={"name": "hoda", "password": "wrong"}).status_code == 403
    answer = client.post("/inspections/sign-in", data={"name": "hoda", "password": PASSWORD, "next": "/inspections/devices"})
    assert answer.status_code == 303 and answer.location.startswith("/inspections/code?next=")
    page = client.get(answer.location).text
    form = re.search(r'name="form" value="([0-9a-f]{64})"', page)
    assert form
    answer = client.post("/inspections/code", data={"code": street.totp("hoda"), "form": form[1], "next": "/inspections/devices"})
    assert (answer.status_code, answer.location) == (303, "/inspections/devices")
    page = client.get("/inspections/devices").text
    form = re.search(r'name="form" value="([0-9a-f]{64})"', page)
    assert form and "amal" in page
    shown = client.post("/inspections/devices", data={"holder": "amal", "authority": "MID", "form": form[1]})
    code = re.search(r'id="code"><bdi dir="ltr">([0-9A-Z]{5}-[0-9A-Z]{5})<', shown.text)
    assert shown.status_code == 200 and code and "<svg" in shown.text
    phone = Phone(sender(street.client()), now=street.now)
    assert phone.enrol(code[1])[0] == 201
    refused = client.post("/inspections/devices", data={"holder": "amal", "authority": "AGM", "form": form[1]})
    assert 'data-code="holder_refused"' in refused.text
    english = client.get("/inspections/devices?lang=en", follow_redirects=True).text
    assert '<html lang="en" dir="ltr">' in english and phone.kid.hex() in english


def test_pages_run_nothing_foreign_and_are_kept_nowhere(street: Street) -> None:
    answer = street.client().get("/inspections/sign-in")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_journal_names_the_route_and_never_a_license_or_a_token(street: Street, phone: Phone) -> None:
    seen: dict[str, object] = {}
    inner = street.app.wsgi_app

    def watched(environ: dict[str, object], start: object) -> object:
        answer = inner(environ, start)  # type: ignore[arg-type]
        seen.update(environ)
        return answer

    street.app.wsgi_app = watched  # type: ignore[method-assign, assignment]
    phone.put(*phone.record())
    assert seen["khatm.route"] == "/inspections/api/v1/inspections/<cti>"


@pytest.mark.parametrize("asked", ["https://evil.example/", "//evil.example/inspections/", "/inspections/\\evil", "/elsewhere", ""])
def test_signing_in_leads_nowhere_else(street: Street, asked: str) -> None:
    page = street.client().get("/inspections/sign-in", query_string={"next": asked}).text
    assert 'name="next" value="/inspections/"' in page


def methods(rule: Rule) -> set[str]:
    return (rule.methods or set()) - {"HEAD", "OPTIONS"}


def test_the_page_of_the_api_names_every_address_and_what_is_told_there(street: Street) -> None:
    pages = (ROOT / "docs/reference/inspections-api.md").read_text("utf-8").split("\n## What the office asks\n")
    for root, page in zip((API, OFFICE_API), pages, strict=True):
        rules = [rule for rule in street.app.url_map.iter_rules() if rule.rule.startswith(f"{root}/")]
        named = re.findall(r"^\| `((?:GET|POST|PUT) /[^` ?]*)", page, re.MULTILINE)
        there = {f"{method} {re.sub('<.*?>', '<>', rule.rule.removeprefix(root))}" for rule in rules for method in methods(rule)}
        assert {re.sub(r"/[A-Z0-9]+(?=/|$)", "/<>", line) for line in named} == there
        lines = re.findall(r"^\| (\d{3}[\d, ]*) \| (.*) \|$", page, re.MULTILINE)
        statuses = {code: status for status, codes in lines for code in re.findall(r"`(\w+)`", codes) if code != "field"}
        assert len(statuses) > 15
        assert {code: status for code, status in statuses.items() if str(problems.status_of(code)) not in status} == {}
