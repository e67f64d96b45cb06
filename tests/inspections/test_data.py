"""The API of other programs: as its OpenAPI document says, with the pages' filters, and never beyond the token's authorities."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema_rs
import openapi_spec_validator
import pytest
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from inspections.web import problems
from inspections.web.feeds import openapi
from inspections.web.feeds.described import OPERATIONS
from inspections.web.paths import DATA
from tests.inspections.programs import Program
from tests.inspections.test_pages import SECRETS, ids
from tests.inspections.town import Town

DOCUMENT = json.loads(openapi.written())


def told(program: Program, path: str, operation: str, status: int = 200) -> Any:
    """What an address answers, which is as the document says."""
    program.street.now += 1
    answer = program.get(path, status)
    response = DOCUMENT["paths"][OPERATIONS[operation].path]["get"]["responses"][str(status)]
    response = DOCUMENT["components"]["responses"][response["$ref"].rsplit("/", 1)[1]] if "$ref" in response else response
    schema = {**response["content"]["application/json"]["schema"], "components": DOCUMENT["components"]}
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(answer.json)
    return answer.json


def test_the_document_is_valid_and_served() -> None:
    openapi_spec_validator.validate(DOCUMENT)
    with pytest.raises(OpenAPIValidationError):
        openapi_spec_validator.validate(DOCUMENT | {"info": {"title": 1}})


def test_the_document_names_every_route_and_no_other(town: Town) -> None:
    assert town.app.test_client().get(f"{DATA}/openapi.json").json == DOCUMENT
    rules = {rule.rule.removeprefix(DATA) for rule in town.app.url_map.iter_rules() if rule.rule.startswith(f"{DATA}/")}
    named = {re.sub(r"<(?:\w+\([^)]*\):)?(\w+)>", r"{\1}", rule) for rule in rules} - {"/openapi.json"}
    assert named == set(DOCUMENT["paths"])
    codes = {code for each in DOCUMENT["components"]["responses"].items() for code in re.findall(r"`(\w+)`", each[1]["description"])}
    wrong = {code for code in codes if str(problems.status_of(code)) not in DOCUMENT["components"]["responses"]}
    assert len(codes) > 12 and not wrong


@pytest.mark.parametrize(
    "query",
    [
        "", "?type=shop", "?type=demolition", "?decision=valid", "?decision=none", "?result=violation", "?finding=critical",
        "?finding=none", "?item={item}", "?item={item_in_order}", "?officer=amal", "?officer=badr", "?differs=1", "?state=set_apart",
        "?authority=AGM", "?since=2026-11-24&until=2026-11-24", "?since=2026-11-01&until=2026-11-23", "?number={number_clothes}",
        "?type=shop&result=violation&finding=none",
    ],
)  # fmt: skip
def test_each_filter_finds_what_the_page_shows(town: Town, query: str) -> None:
    shown = ids(town.visitors["supervisor"].get(town.path(f"/visits{query}")).text)
    found = told(Program(town), town.path(f"/inspections{query}"), "inspections")
    assert ([each["id"] for each in found["data"]], found["next"]) == (shown, None)


def test_cursors_lead_through_all_once(own: Town) -> None:
    phone = own.phones["amal"]
    for _ in range(20):
        own.pass_time(phone, 0)
        phone.record(seen_name="كشك")
    phone.sync()
    program, found, after = Program(own), list[int](), ""
    for _ in range(20):
        page = told(program, f"/inspections?result=violation&limit=5{after}", "inspections")
        found += [each["id"] for each in page["data"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
        assert "-" not in page["next"][:1] and not page["next"].isdigit(), "opaque"
    assert len(found) == len(set(found)) == 22
    assert found == ids(own.visitors["supervisor"].get("/visits?result=violation").text)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/inspections?until=soon", "day_invalid"),
        ("/inspections?since=2026-11-24&until=2026-11-01", "period_refused"),
        ("/inspections?result=nonsense", "filter_unknown"),
        ("/inspections?item=%27", "filter_unknown"),
        ("/inspections?limit=0", "filter_unknown"),
        ("/inspections?limit=1001", "filter_unknown"),
        ("/inspections?limit=%D9%A1", "filter_unknown"),
        ("/inspections?differs=2", "filter_unknown"),
        ("/inspections?results=violation", "parameter_unknown"),
        ("/inspections?result=violation&result=in_order", "parameter_unknown"),
        ("/inspections/1?x=1", "parameter_unknown"),
        ("/inspections?after=1-2", "cursor_invalid"),
        ("/inspections?after=WzEsIngiXQ", "cursor_invalid"),
        ("/inspections?after=Wy0xLDJd", "cursor_invalid"),
        ("/inspections?after=WzEsMWUzMDBd", "cursor_invalid"),
        ("/inspections?after=W1tbW1tb", "cursor_invalid"),
        ("/alerts?rule=none", "filter_unknown"),
        ("/sites?standing=good", "filter_unknown"),
    ],
)
def test_what_is_not_understood_is_refused_and_nothing_is_guessed(town: Town, path: str, code: str) -> None:
    operation = "inspection" if "/1?" in path else path[1:].partition("?")[0]
    assert told(Program(town), path, operation, 422)["error"]["code"] == code


def test_one_inspection_with_its_findings_and_photographs(town: Town) -> None:
    found = told(Program(town), town.path("/inspections/{visit_clothes}"), "inspection")
    assert [(each["item"], each["answer"], each["severity"], each["note"]) for each in found["findings"]] == [
        (town.items[0], "bad", "critical", "الباب مغلق بقفل"),
        (town.items[1], "ok", None, ""),
    ]
    assert (found["note"], len(found["photographs"]), found["photographs"][0]["missing"]) == ("يعاد بعد أسبوع", 2, False)
    revoked = told(Program(town), town.path("/inspections/{visit_bakery}"), "inspection")
    assert revoked["verdict"]["decision"] == "valid" and revoked["newest"]["decision"] == "invalid"


def test_a_license_its_sites_and_alerts(town: Town) -> None:
    program = Program(town)
    bakery = told(program, town.path("/licenses/{number_bakery}"), "license")
    assert bakery["site"]["standing"] == "revoked" and len(bakery["inspections"]) == 4 and len(bakery["alerts"]) == 1
    numbers = [each["license"] for each in told(program, "/sites", "sites")["data"]]
    assert numbers == sorted(town.numbers[name] for name in ("bakery", "clothes", "unseen"))
    first = told(program, "/sites?limit=2", "sites")
    assert [each["license"] for each in told(program, f"/sites?limit=2&after={first['next']}", "sites")["data"]] == numbers[2:]
    assert [each["license"] for each in told(program, "/sites?standing=revoked", "sites")["data"]] == [town.numbers["bakery"]]
    assert [each["id"] for each in told(program, "/alerts", "alerts")["data"]] == [town.alert]
    assert told(program, "/alerts?closed=1", "alerts")["data"] == []
    assert len(told(program, f"/alerts/{town.alert}", "alert")["inspections"]) == 2


def test_nothing_beyond_the_token_s_authorities(town: Town) -> None:
    program = Program(town)
    for path in ("/inspections", "/inspections?authority=AGM", "/sites", "/sites?authority=AGM", "/alerts", "/alerts?authority=AGM"):
        answer = program.get(path).text
        assert not any(secret in answer for secret in SECRETS) and "badr" not in answer, path
    for path in ("/inspections/{visit_agami}", "/alerts/{foreign_alert}", "/licenses/{number_agami}"):
        told(program, town.path(path), path.split("/")[1].rstrip("s"), 404)
    assert len(told(Program(town, "*"), "/inspections", "inspections")["data"]) == 7
    assert len(told(Program(town, "MID", "AGM"), "/inspections", "inspections")["data"]) == 7


def test_without_packs_it_is_not_said_that_nothing_is_licensed(own: Town) -> None:
    folder = own.settings.sites
    assert folder is not None
    for path in folder.iterdir():
        path.unlink()
    assert told(Program(own), "/sites", "sites", 503)["error"]["code"] == "lists_missing"
