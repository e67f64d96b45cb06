"""The OData feed: what a client of somebody else's makes of it, and what the language's words mean here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest
import requests
from lxml import etree
from odata import ODataService
from sqlalchemy import select, update
from werkzeug.serving import make_server

from inspections.visits.tables import inspections
from inspections.web.paths import ODATA
from tests.inspections.programs import Program
from tests.inspections.test_pages import SECRETS
from tests.inspections.town import Town


@pytest.fixture(scope="module")
def address(town: Town) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, town.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{ODATA}/"
    server.shutdown()
    thread.join()
    server.server_close()


def asked(program: Program, path: str, status: int = 200, **options: str) -> Any:
    """What the feed says, by Basic as Excel sends it."""
    program.street.now += 1
    query = "&".join(f"${name}={quote(text)}" for name, text in options.items())
    answer = program.get(f"/{path}{'?' if query else ''}{query}", status, root=ODATA, **program.basic)
    assert answer.headers["OData-Version"] == "4.0"
    return answer.json if answer.is_json else answer.text


def ids(told: Any) -> list[int]:
    return [each["Id"] for each in told["value"]]


def rows(town: Town) -> list[Any]:
    query = select(inspections).where(inspections.c.authority == "MID").order_by(inspections.c.scanned_at.desc(), inspections.c.id.desc())
    with town.engine.connect() as connection:
        return list(connection.execute(query))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_client_that_is_not_ours_reads_filters_and_orders(town: Town, address: str) -> None:
    """python-odata 0.8 makes its classes of $metadata, and asks by Basic."""
    program = Program(town)
    session = requests.Session()
    session.auth = ("excel", program.secret)
    service = ODataService(address, session=session, reflect_entities=True, quiet_progress=True)  # type: ignore[call-arg]
    inspection = service.entities["Inspections"]
    every = list(service.query(inspection))
    assert sorted(each.Id for each in every) == sorted(row.id for row in rows(town))
    bad = service.query(inspection).filter(inspection.Result == "violation").order_by(inspection.ScannedAt.asc()).all()
    expected = [row.id for row in reversed(rows(town)) if row.result == "violation"]
    assert [each.Id for each in bad] == expected
    first = bad[0]
    assert isinstance(first.ScannedAt, datetime) and first.Latitude == pytest.approx(rows(town)[-1].latitude, abs=0.1)
    session.close()


def test_the_metadata_is_csdl_and_names_what_is_told(town: Town) -> None:
    program = Program(town)
    root = etree.fromstring(asked(program, "$metadata").encode())
    edm = {"m": "http://docs.oasis-open.org/odata/ns/edm", "x": "http://docs.oasis-open.org/odata/ns/edmx"}
    assert root.tag == f"{{{edm['x']}}}Edmx" and root.get("Version") == "4.0"
    sets = {each.get("Name"): each.get("EntityType").removeprefix("Khatm.") for each in root.iterfind(".//m:EntitySet", edm)}
    assert {each["name"] for each in asked(program, "")["value"]} == set(sets) == {"Inspections", "Findings", "Alerts"}
    for name, kind in sets.items():
        (declared,) = root.iterfind(f".//m:EntityType[@Name='{kind}']", edm)
        properties = {each.get("Name"): each for each in declared.iterfind("m:Property", edm)}
        told = asked(program, name)
        assert told["value"] and told["@odata.context"].endswith(f"{ODATA}/$metadata#{name}")
        for row in told["value"]:
            assert list(row) == list(properties)
            for key, value in row.items():
                assert value is not None or properties[key].get("Nullable") is None, f"{name}.{key}"


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("Result eq 'violation'", lambda row: row.result == "violation"),
        ("Result ne 'violation'", lambda row: row.result != "violation"),
        ("License eq null", lambda row: row.number is None),
        ("License ne null", lambda row: row.number is not None),
        ("Decision ne 'valid'", lambda row: row.decision != "valid"),
        ("not (Decision eq 'valid')", lambda row: row.decision != "valid"),
        ("not (Decision ne 'valid')", lambda row: row.decision == "valid"),
        ("Latitude gt 31.2005", lambda row: row.latitude is not None and row.latitude > 31.2005),
        ("not (Latitude gt 31.2005)", lambda row: row.latitude is None or row.latitude <= 31.2005),
        ("Id in (1,2,99)", lambda row: row.id in (1, 2)),
        ("Id gt 1 and (Result eq 'in_order' or Kind eq 'unlicensed')", lambda row: row.id > 1 and row.severity is None),
        ("contains(Name,'%')", lambda row: False),
        ("startswith(Name,'مخبز')", lambda row: row.seen_name.startswith("مخبز")),
        ("Name eq 'O''Brien'", lambda row: False),
        ("Findings/any(f:f/Item eq '{item}')", lambda row: row.severity == "critical"),
        ("Findings/any(f:f/Item eq '{item_in_order}')", lambda row: False),
        ("Findings/any()", lambda row: row.severity is not None),
        ("not Findings/any(f:f/Severity eq 'critical' and f/Item ne 'x')", lambda row: row.severity is None),
        ("License lt null", lambda row: False),
    ],
)  # fmt: skip
def test_a_filter_means_what_odata_says(own: Town, filter_: str, expected: Any) -> None:
    text = filter_.replace("{item}", own.items[0]).replace("{item_in_order}", own.items[1])
    assert ids(asked(Program(own), "Inspections", filter=text)) == [row.id for row in rows(own) if expected(row)]


def test_times_are_compared_as_moments(town: Town) -> None:
    held = rows(town)
    at = datetime.fromtimestamp(held[2].scanned_at, UTC)
    for text in (at.isoformat().replace("+00:00", "Z"), at.isoformat(timespec="milliseconds")):
        assert ids(asked(Program(town), "Inspections", filter=f"ScannedAt ge {text}")) == [row.id for row in held[:3]]
    told = asked(Program(town), "Inspections", filter=f"ScannedAt eq {at.isoformat()}")["value"]
    assert told[0]["ScannedAt"] == at.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("Id", lambda row: row.id),
        ("License desc,Id", lambda row: None),
        ("Latitude,ScannedAt desc", lambda row: None),
        ("ClosedAt", lambda row: None),
    ],
)
def test_pages_lead_through_all_once_in_their_order(own: Town, order: str, key: Any) -> None:
    program, name = Program(own), "Alerts" if order == "ClosedAt" else "Inspections"
    whole = ids(asked(program, name, orderby=order))
    found, path = list[int](), f"{ODATA}/{name}?$orderby={quote(order)}&$filter=Id%20ge%200"
    while path:
        own.now += 1
        told = program.get(path, root="", Prefer="odata.maxpagesize=2").json
        found += ids(told)
        path = told.get("@odata.nextLink", "").removeprefix("http://localhost")
    assert found == whole and len(found) == len(set(found)) == (1 if name == "Alerts" else 6)
    if order == "Id":
        assert found == sorted(found)
    if order.startswith("License"):
        numbers = [each["License"] for each in asked(program, name, orderby=order)["value"]]
        assert numbers == sorted(numbers, key=lambda each: each or "", reverse=True) and numbers[-1] is None


def test_top_skip_count_and_select(town: Town) -> None:
    program, held = Program(town), [row.id for row in rows(town)]
    assert ids(asked(program, "Inspections", top="2", skip="1")) == held[1:3]
    told = asked(program, "Inspections", top="2", count="true", select="Id,Result", filter="Result eq 'in_order'")
    assert (told["@odata.count"], [list(each) for each in told["value"]]) == (4, [["Id", "Result"]] * 2)
    assert told["@odata.context"].endswith("#Inspections(Id,Result)") and "@odata.nextLink" not in told
    assert asked(program, "Inspections", top="0") == {"@odata.context": f"http://localhost{ODATA}/$metadata#Inspections", "value": []}
    assert asked(program, "Inspections/$count", filter="Result eq 'in_order'") == "4"
    one = asked(program, f"Inspections({held[0]})")
    assert one["Id"] == held[0] and one["@odata.context"].endswith("#Inspections/$entity")
    (finding,) = asked(program, "Findings")["value"]
    key = f"Findings(InspectionId={finding['InspectionId']},Position={finding['Position']})"
    assert asked(program, key)["Item"] == town.items[0]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("Inspections?$expand=Findings", 501, "odata_unsupported"),
        ("Inspections?$search=x", 501, "odata_unsupported"),
        ("Inspections?$apply=aggregate(Id with max as M)", 501, "odata_unsupported"),
        ("Inspections?$format=xml", 501, "odata_unsupported"),
        ("Inspections?$filter=year(ScannedAt) eq 2026", 501, "odata_unsupported"),
        ("Inspections?$filter=Id add 1 eq 2", 501, "odata_unsupported"),
        ("Inspections?$filter=Findings/all(f:f/Item eq 'x')", 501, "odata_unsupported"),
        ("Inspections?$filter=tolower(Name) eq 'x'", 501, "odata_unsupported"),
        ("Inspections?$orderby=length(Name)", 501, "odata_unsupported"),
        ("Inspections?$select=Findings/Item", 501, "odata_unsupported"),
        ("Inspections(1)/Findings", 501, "odata_unsupported"),
        ("Inspections/$ref", 501, "odata_unsupported"),
        ("Inspections?$filter=Secret eq 'x'", 400, "odata_invalid"),
        ("Inspections?$filter=Result eq 1", 400, "odata_invalid"),
        ("Inspections?$filter=Id eq 99999999999999999999", 400, "odata_invalid"),
        ("Inspections?$filter=ScannedAt ge 2026-11-24", 400, "odata_invalid"),
        ("Inspections?$filter=Result eq 'x", 400, "odata_invalid"),
        ("Inspections?$filter=)(", 400, "odata_invalid"),
        ("Inspections?$filter=" + "not " * 300 + "(Id eq 1)", 400, "odata_invalid"),
        ("Inspections?$filter=" + "(" * 300 + "Id eq 1" + ")" * 300, 200, ""),
        ("Inspections?$filter=" + "Id eq 1 or " * 400 + "Id eq 1", 400, "odata_invalid"),
        ("Inspections?$filter='; DROP TABLE inspection; --' eq Result", 501, "odata_unsupported"),
        ("Inspections?$top=-1", 400, "odata_invalid"),
        ("Inspections?$top=1&$top=2", 400, "odata_invalid"),
        ("Inspections?$skip=9999999", 400, "odata_invalid"),
        ("Inspections?$count=yes", 400, "odata_invalid"),
        ("Inspections?$orderby=Secret", 400, "odata_invalid"),
        ("Inspections?$skiptoken=x", 422, "cursor_invalid"),
        ("Inspections(x)", 400, "odata_invalid"),
        ("Inspections(99999)", 404, "not_found"),
        ("Secrets", 404, "not_found"),
    ],
)
def test_what_is_not_answered_is_said_in_odata_s_own_way(town: Town, path: str, status: int, code: str) -> None:
    town.now += 1
    name, _, query = path.partition("?")
    answer = Program(town).get(f"/{name}?{quote(query, safe='$=&')}", status, root=ODATA)
    if code:
        assert (answer.json["error"]["code"], bool(answer.json["error"]["message"])) == (code, True)  # type: ignore[index]
        assert answer.headers["OData-Version"] == "4.0" and answer.mimetype == "application/json"


def test_nothing_beyond_the_token_s_authorities_and_scopes(town: Town) -> None:
    program = Program(town)
    for path in ("Inspections", "Alerts", "Findings"):
        told = json.dumps(asked(program, path), ensure_ascii=False)
        assert not any(secret in told for secret in SECRETS) and "badr" not in told
    assert asked(program, "Inspections", filter="Authority eq 'AGM'")["value"] == []
    assert asked(program, "Inspections", filter="Authority eq 'AGM' or Id gt 0", count="true")["@odata.count"] == 6
    asked(program, f"Inspections({town.id_of('agami')})", 404)
    narrow = Program(town, scopes=("alerts:read",))
    assert asked(narrow, "Inspections", 403)["error"]["code"] == "scope_missing"
    assert len(asked(narrow, "Alerts")["value"]) == 1
    stranger = town.app.test_client().get(f"{ODATA}/")
    assert stranger.status_code == 401 and "Basic" in stranger.headers.getlist("WWW-Authenticate")[1]


def test_what_was_judged_last_is_told(own: Town) -> None:
    told = {each["Id"]: each for each in asked(Program(own), "Inspections", select="Id,Decision,NewestDecision,Difference")["value"]}
    assert told[own.id_of("bakery")] == {
        "Id": own.id_of("bakery"), "Decision": "valid", "NewestDecision": "invalid", "Difference": "revoked_before_scan",
    }  # fmt: skip
    with own.engine.begin() as connection:
        connection.execute(update(inspections).values(seen_name="'; --"))
    assert len(asked(Program(own), "Inspections", filter="Name eq '''; --'")["value"]) == 6
