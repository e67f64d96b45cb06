"""What the office asks of inspections: with its own token alone, page by page, and everything twice."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from werkzeug.test import TestResponse

import khatm
from accounts import tokens
from inspections.enforcement import deciding, office_tokens, records, serving
from inspections.enforcement.tables import office_tokens as token_table
from seal import days, notices
from tests.inspections.enforcing import PDF, Precinct
from tests.world import NOTICE_KID

ID = "6f1c2b7a-1111-4222-8333-444455556666"


class Office:
    """The office, as inspections see it."""

    def __init__(self, here: Precinct) -> None:
        self.here = here
        with here.engine.begin() as connection:
            self.token = office_tokens.make(connection, now=here.now)

    def ask(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        more = {"json": body} if method != "GET" else {}
        answer: TestResponse = self.here.client().open(
            f"/inspections/api/office/v1{path}", method=method, headers={"Authorization": f"Bearer {self.token}"}, **more
        )
        assert answer.status_code == status, answer.text
        told = answer.get_json()
        return told["error"]["code"] if status >= 400 else told

    def seal(self, violation: int, status: int = 200, **changes: Any) -> Any:
        body = {"text": self.here.text(violation), "pdf": b64encode(PDF).decode(), "kid": NOTICE_KID.hex()} | changes
        return self.ask("PUT", f"/notices/{self.here.get(violation).number}/seal", status, **body)


def test_a_notice_is_told_sealed_objected_to_and_told_again(here: Precinct) -> None:
    office, made = Office(here), here.report()
    assert office.ask("GET", "/notices?state=approved") == {"items": [], "next": None}
    number = here.approve(made)
    (item,) = office.ask("GET", "/notices?state=approved")["items"]
    assert item["number"] == number
    assert (item["violation"], item["occurrence"], item["piastres"], item["sample"]) == ("pavement_occupied", 1, 30_000, True)
    assert (notices.micro(item["latitude"]), notices.micro(item["longitude"])) == (here.get(made).lat, here.get(made).lon)
    assert item["findings"] == [{**here.item, "severity": "critical"}]
    assert item["reported_on"] == days.day_of(here.now).isoformat()
    text = here.text(made)
    assert office.seal(made, text=text) == office.seal(made, text=text) == {"state": "sealed"}
    here.now += 60
    assert office.seal(made, 409) == "notice_sealed_otherwise"
    assert office.ask("POST", f"/notices/{number}/objection", 409, id=ID, text="لم أشغل الرصيف", at=here.now) == "notice_not_served"
    here.serve(made)
    assert office.ask("GET", f"/notices/{number}")["objection"] is None
    for status in (201, 200):
        assert office.ask("POST", f"/notices/{number}/objection", status, id=ID, text="لم أشغل الرصيف", at=here.now) == {"id": ID}
    other = ID.replace("6", "7")
    assert office.ask("POST", f"/notices/{number}/objection", 409, id=other, text="لم أشغل الرصيف", at=here.now) == "objection_made"
    told = office.ask("GET", f"/notices/{number}")
    assert told["objection"] == ID
    assert (told["state"], told["served_on"], told["overdue"]) == ("objected", days.day_of(here.now).isoformat(), False)
    assert told["objection_until"] == here.get(made).objection_until.isoformat()  # type: ignore[union-attr]
    assert [each["state"] for each in told["history"]] == ["reported", "approved", "sealed", "served", "objected"]
    assert [each["role"] for each in told["history"]] == ["inspector", "supervisor", "office", "supervisor", "citizen"]
    assert "amal" not in str(told), "nobody is named"
    assert {*told["history"][0]} == {"state", "at", "role", "reason"}
    with here.engine.connect() as connection:
        assert records.paper(connection, made) == PDF


@pytest.mark.parametrize("end", ["paid", "cancelled"])
def test_nobody_objects_to_what_is_closed(here: Precinct, end: str) -> None:
    made = here.served()
    if end == "paid":
        here.do(serving.pay, made, here.who("supervisor"), day=days.day_of(here.now), receipt="R-1")
    else:
        here.do(deciding.cancel, made, here.who("chief"), reason="خطأ في الاسم")
    here.now += 3_600
    said = {"id": ID, "text": "لم أشغل الرصيف", "at": here.now}
    assert Office(here).ask("POST", f"/notices/{here.get(made).number}/objection", 409, **said) == "notice_closed"


def test_proposals_are_told_and_their_decision_is_taken_once(here: Precinct) -> None:
    office, made = Office(here), here.propose()
    (item,) = office.ask("GET", "/proposals")["items"]
    assert (item["id"], item["license"], item["action"], item["proposed_by"]) == (made, here.numbers["bakery"], "suspend", "supervisor")
    decided = {"decision": "accepted", "by": "hoda", "reason": "تكررت", "at": here.now}
    for status in (201, 200):
        assert office.ask("POST", f"/proposals/{made}/decision", status, **decided) == {"state": "accepted"}
    assert office.ask("POST", f"/proposals/{made}/decision", 409, **decided | {"decision": "rejected"}) == "proposal_decided"
    assert office.ask("POST", "/proposals/77/decision", 404, **decided) == "proposal_unknown"
    assert office.ask("GET", "/proposals")["items"] == []


def test_lists_go_on_where_they_ended(here: Precinct, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(here)
    numbers = [here.approve(here.report(code=code)) for code in ("unsafe", "not_clean", "license_not_shown")]
    monkeypatch.setattr(records.waiting, "__kwdefaults__", {"most": 2})
    first = office.ask("GET", "/notices?state=approved")
    second = office.ask("GET", f"/notices?state=approved&after={first['next']}")
    assert [each["number"] for each in first["items"] + second["items"]] == numbers
    assert second["next"] is None


def test_what_is_no_request_of_ours_is_refused(here: Precinct) -> None:
    office, made = Office(here), here.report()
    number = here.approve(made)
    wrong = ("/notices", "/notices?state=secret", "/notices?state=approved&after=x", "/proposals?after=-1", f"/proposals?after={'9' * 30}")
    for path in wrong:
        assert office.ask("GET", path, 422) == "input_invalid"
    for missing in (number[:-1] + "?", "VIO-MID-2026-999999-A", "x"):
        assert office.ask("GET", f"/notices/{missing.replace('?', '%3F')}", 404) == "notice_unknown"
    objection = f"/notices/{number}/objection"
    good = {"id": ID, "text": "لم أشغل الرصيف", "at": here.now}
    for changes in ({"id": "1"}, {"at": -1}, {"at": "now"}, {"text": "a\0b"}, {"more": 1}, {"text": 5}):
        assert office.ask("POST", objection, 422, **good | changes) == "input_invalid"
    assert office.seal(made, 422, pdf="***") == "notice_paper"
    assert office.seal(made, 422, kid="zz") == "input_invalid"
    assert office.seal(made, 422, kid="00") == "notice_differs"
    assert office.seal(made, 413, pdf="A" * 1_500_000) == "too_large"
    answer = here.client().post("/inspections/api/office/v1" + objection, data=b"{", headers={"Authorization": f"Bearer {office.token}"})
    assert answer.status_code == 415
    assert here.get(made).state == "approved"


def test_a_seal_that_differs_names_its_field(here: Precinct) -> None:
    office, made = Office(here), here.report()
    number = here.approve(made)
    body = {"text": here.text(made, piastres=5), "pdf": b64encode(PDF).decode(), "kid": NOTICE_KID.hex()}
    headers = {"Authorization": f"Bearer {office.token}"}
    answer = here.client().put(f"/inspections/api/office/v1/notices/{number}/seal", json=body, headers=headers)
    assert (answer.status_code, answer.get_json()["error"]["field"]) == (422, "piastres")


def test_what_was_cancelled_while_it_was_sealed_takes_no_seal(here: Precinct) -> None:
    office, made = Office(here), here.report()
    here.approve(made)
    here.do(deciding.cancel, made, here.who("salma"), reason="خطأ")
    assert office.seal(made, 409) == "notice_state"


def test_only_the_token_that_holds_opens_and_it_opens_nothing_else(here: Precinct) -> None:
    office = Office(here)
    office.ask("GET", "/proposals")
    phone = here.phones["amal"]
    for token in ("", "x", tokens.new(), phone.token):
        answer = here.client().get("/inspections/api/office/v1/proposals", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "office_refused")
    chief = here.visitors["chief"]
    assert chief.http.get("/inspections/api/office/v1/proposals").status_code == 401, "no session counts there"
    headers = {"Authorization": f"Bearer {office.token}"}
    assert here.client().get("/inspections/api/v1/sites", headers=headers).status_code == 401
    assert here.client().get("/inspections/visits", headers=headers).status_code == 302
    with here.engine.connect() as connection:
        kept = connection.execute(select(token_table)).all()
    assert office.token not in str(kept)
    old = office.token
    new = Office(here)
    new.ask("GET", "/proposals")
    office.token = old
    assert office.ask("GET", "/proposals", 401) == "office_refused", "one at a time"


def test_the_command_makes_shows_once_and_ends_tokens(here: Precinct) -> None:
    def run(*words: str) -> str:
        where = ["--database", here.locations.database]
        done = CliRunner().invoke(khatm.main, ["inspections", "office-token", *words, *where])
        assert done.exit_code == 0, done.output
        return done.output.strip()

    office = Office(here)
    office.token = run()
    assert office.ask("GET", "/proposals") == {"items": [], "next": None}
    assert run("--revoke") == "1 token ended"
    assert office.ask("GET", "/proposals", 401) == "office_refused"
    assert run("--revoke") == "0 token ended"


def applied(here: Precinct, id: int = 7, **changes: Any) -> dict[str, Any]:
    """An application for the license of the clothes' shop, as the office tells it, but for `changes`."""
    usual = {"number": f"APP-MID-2026-{id}", "authority": "MID", "names": {"ar": "ترخيص محل", "en": "Shop license"}, "channel": "centre"}
    stands = {"state": "issued", "since": here.now - 90, "submitted_at": here.now - 900, "decided_at": here.now - 100}
    return {"id": id, **usual, **stands, "subject": None, "issued": here.numbers["clothes"]} | changes


def test_applications_are_told_once_and_what_is_older_changes_nothing(here: Precinct) -> None:
    office, number = Office(here), here.numbers["clothes"]
    assert office.ask("GET", "/applications") == {"since": 0, "id": 0}
    newest = applied(here)
    for items in ([newest], [newest], [applied(here, state="approved", since=here.now - 100, issued=None)], []):
        assert office.ask("POST", "/applications", items=items) == {"since": here.now - 90, "id": 7}
    page = here.visitors["supervisor"].get(f"/licenses/{number}").text
    assert page.count('data-kind="application"') == page.count('data-kind="applied"') == 1
    assert 'class="pill issued"' in page and "APP-MID-2026-7" in page
    renewal = applied(here, 8, subject=number, issued=None, state="under_review", since=here.now - 90, decided_at=None)
    office.ask("POST", "/applications", items=[renewal])
    office.ask("POST", "/applications", items=[renewal | {"state": "rejected", "since": here.now, "decided_at": here.now}])
    assert office.ask("GET", "/applications") == {"since": here.now, "id": 8}
    english = here.visitors["supervisor"].get(f"/licenses/{number}?lang=en", follow_redirects=True).text
    here.visitors["supervisor"].get("/?lang=ar", 302)
    assert "under_review" not in english and "Rejected" in english and "Shop license" in english
    elsewhere = applied(here, 9, authority="AGM", number="APP-AGM-2026-9")
    office.ask("POST", "/applications", items=[elsewhere])
    assert "APP-AGM-2026-9" not in here.visitors["supervisor"].get(f"/licenses/{number}").text, "another authority's is not theirs to see"


def test_applications_that_are_none_are_refused_whole(here: Precinct) -> None:
    office, good = Office(here), applied(here)
    wrong: tuple[dict[str, Any], ...]
    wrong = ({"state": "draft"}, {"state": ""}, {"since": -1}, {"since": "1"}, {"holder": "x"}, {"names": {"ar": "x"}}, {"number": "a"})
    for changes in wrong:
        assert office.ask("POST", "/applications", 422, items=[good, good | changes]) == "input_invalid"
    assert office.ask("POST", "/applications", 422, items=[good] * 101) == "input_invalid"
    assert office.ask("POST", "/applications", 413, items=[good | {"names": {"ar": "x" * 300_000, "en": "x"}}]) == "too_large"
    assert office.ask("GET", "/applications") == {"since": 0, "id": 0}
