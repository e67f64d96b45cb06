"""Requests of the desk in the mode `passkey`: signed by so many people as applications are, checked by the worker and the publisher."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import published
from acts.approvals import terms as terms_of
from issuer.guard.approving import Approval, Sought
from issuer.register import history, requests
from issuer.register.tables import licenses, seals
from keys.custody import ROOT_PUBLIC, ROSTER
from office import signed_requests
from office.applications.approvals import OfficeApprovals
from storage.database import reading
from tests import by_hand
from tests.browser import assert_accessible
from tests.office.applications.conftest import Keys
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import served
from tests.office.desk.keyed import form, octets, virtual
from tests.office.desk.rostered import Rostered
from tests.office.desk.test_importing import rows
from tests.ports import free_port


class Signing(Rostered):
    """The same with a clerk, a license in force, and requests about it."""

    def furnish(self) -> None:
        self.clerk = self.house.staff("samia", ("MN1", "clerk"))
        number = self.paid()
        for name in ("mona", "omar"):
            self.click(name, number)
        assert self.work()["issued"] == 1
        self.license = str(self.house.work.show(number).issued)

    def ask(self, change: str, who: Any = None, **fields: str) -> int:
        sent = {"go": "sure", "reason": "other", "words": "سبب للتجربة"} | fields
        (who or self.clerk).post(f"/centre/licenses/{self.license}/change/{change}", 303, **sent)
        return self.request().id

    def request(self) -> requests.Request:
        with reading(self.house.context.engine) as connection:
            return max(requests.listed(connection, open_=True) + requests.listed(connection, open_=False), key=lambda each: each.id)

    def sign(self, name: str, id_: int, *, key: str = "", status: int | None = None, **more: str) -> Any:
        path = f"/centre/requests/{id_}"
        asked = form(self.visitors[name].get(path).text, path)
        answer = self.keys[key or name].get(octets(asked["options"]["challenge"])) if asked["options"] else ""
        sent = {"decision": "approve", "nonce": asked.get("nonce", ""), "answer": answer} | more
        return self.visitors[name].post(path, status, **sent)

    def terms(self) -> Any:
        keys = self.folder / "keys"
        root = published.read_root(keys / ROOT_PUBLIC)
        return terms_of(2, keys / ROSTER, root=root, prefix="ALX")

    def let_out(self) -> list[Approval | str]:
        """What the publisher says of each seal."""
        columns = seals.c.id, seals.c.edition, seals.c.license_id, licenses.c.number, licenses.c.identity, licenses.c.source, seals.c.token
        query = select(*columns).join(licenses, licenses.c.id == seals.c.license_id).order_by(seals.c.id)
        with reading(self.house.context.engine) as connection:
            of = OfficeApprovals(self.terms())
            rows_ = [(*row[:4], bytes(row[4]), bytes(row[5]), bytes(row[6])) for row in connection.execute(query)]
            return [of.of(connection, Sought(place, *row)) for place, row in enumerate(rows_)]

    def status(self) -> tuple[str, int]:
        record = history.show(self.house.context.engine, self.license)
        return record.status, record.claims.edition


def codes(text: str) -> set[str]:
    return set(re.findall(r'data-code="(\w+)"', text))


@pytest.fixture
def each_desk(tmp_path: Path, unlocked: Keys, database_url: str) -> Iterator[Signing]:
    made = Signing(tmp_path, unlocked, database_url)
    made.furnish()
    yield made
    made.house.close()


@pytest.fixture
def desk(tmp_path: Path, unlocked: Keys) -> Iterator[Signing]:
    made = Signing(tmp_path, unlocked, str(tmp_path / "register.sqlite"))
    made.furnish()
    yield made
    made.house.close()


def test_two_people_sign_a_correction_and_worker_and_publisher_take_it(each_desk: Signing) -> None:
    desk = each_desk
    id_ = desk.ask("replace", holder="سامية فؤاد")
    assert desk.sign("mona", id_).status_code == 303
    assert desk.request().state == "waiting" and "approval_given" in codes(desk.visitors["mona"].get(f"/centre/requests/{id_}").text)
    assert desk.work() == {} and desk.status() == ("valid", 0)
    assert desk.sign("omar", id_).status_code == 303
    assert (desk.request().state, desk.request().decided_by) == ("approved", "account:omar")
    assert desk.work() == {"requests_done": 1} and desk.status() == ("valid", 1)
    assert all(isinstance(each, Approval) for each in desk.let_out()), "no release by hand, and still two people's signatures"


def test_a_reviewer_who_asked_signs_as_one_of_the_two(each_desk: Signing) -> None:
    desk = each_desk
    id_ = desk.ask("revoke", desk.visitors["mona"])
    assert desk.sign("mona", id_).status_code == 303 and desk.request().state == "waiting"
    assert desk.sign("omar", id_).status_code == 303
    assert desk.work() == {"requests_done": 1} and desk.status()[0] == "revoked"


def test_a_file_is_signed_as_well(desk: Signing) -> None:
    path = desk.clerk.post("/centre/imports", 303, file=(rows(), "licenses.csv")).location
    desk.clerk.post(f"{path}/ask", 303)
    id_ = desk.request().id
    desk.sign("mona", id_)
    desk.sign("omar", id_)
    assert desk.work() == {"imported": 3, "requests_done": 1}
    assert [type(each) for each in desk.let_out()] == [Approval] * 4


# What somebody would try.


def test_a_session_alone_approves_nothing(desk: Signing) -> None:
    id_ = desk.ask("replace", holder="سامية فؤاد")
    for more in ({"answer": ""}, {"nonce": "", "answer": "{}"}, {"answer": "{}"}):
        refused = desk.sign("mona", id_, **more)
        assert refused.status_code in (403, 422) and codes(refused.text) & {"approval_missing", "passkey_late", "passkey_refused"}
    assert "passkey_unknown" in codes(desk.sign("mona", id_, key="omar").text)
    assert desk.request().state == "waiting" and desk.request().assertion is None


def test_the_nonce_of_another_request_and_a_second_signature_of_one_person(desk: Signing) -> None:
    first = desk.ask("replace", holder="سامية فؤاد")
    second = desk.ask("revoke")
    asked = form(desk.visitors["mona"].get(f"/centre/requests/{first}").text, f"/centre/requests/{first}")
    assert "passkey_late" in codes(desk.sign("mona", second, nonce=asked["nonce"]).text)
    answer = desk.keys["mona"].get(octets(asked["options"]["challenge"]))
    other = form(desk.visitors["mona"].get(f"/centre/requests/{second}").text, f"/centre/requests/{second}")
    path = f"/centre/requests/{second}"
    differs = desk.visitors["mona"].post(path, None, decision="approve", nonce=other["nonce"], answer=answer)
    assert "approval_differs" in codes(differs.text)
    desk.sign("mona", first)
    again = desk.visitors["mona"].post(f"/centre/requests/{first}", None, decision="approve", nonce=other["nonce"], answer="x")
    assert again.status_code in (403, 409, 422) and desk.request().state == "waiting"


FORGED = (
    "UPDATE sealing_request SET assertion = NULL",
    "UPDATE sealing_request SET told = replace(told, 'سامية', 'لصة')",
    "UPDATE sealing_request SET kind = 'revoke'",
    "UPDATE sealing_request SET id = id + 1000",
)


@pytest.mark.parametrize("forged", FORGED)
def test_whoever_writes_the_database_makes_up_no_approval(desk: Signing, forged: str) -> None:
    id_ = desk.ask("replace", holder="سامية فؤاد")
    desk.sign("mona", id_)
    desk.sign("omar", id_)
    by_hand.run(desk.house.context.engine, forged)
    done = desk.work()
    assert "requests_done" not in done and done and desk.status() == ("valid", 0), done


def test_one_signature_twice_and_a_state_that_was_written_are_not_two_people(desk: Signing) -> None:
    id_ = desk.ask("revoke")
    desk.sign("mona", id_)
    engine = desk.house.context.engine
    by_hand.run(engine, "UPDATE sealing_request SET state = 'approved', decided_by = 'account:omar', decided_at = prepared_at")
    assert desk.work() == {"requests_lapsed": 1} and desk.status()[0] == "valid"
    assert desk.request().told["fault"] == "approval_missing"
    with reading(engine) as connection:
        (one,) = signed_requests.given(desk.request())
        assert one.account == "mona"
        assert signed_requests.fault(connection, desk.request()._replace(assertion=b"\xff"), desk.terms()) == "approval_differs"
        assert signed_requests.fault(connection, desk.request()._replace(assertion=b"\x80"), desk.terms()) == "approval_missing"


def test_what_was_approved_by_a_session_before_the_mode_changed_is_not_carried_out(desk: Signing) -> None:
    id_ = desk.ask("revoke")
    with desk.house.context.engine.begin() as connection:
        requests.decide(connection, id_, approve=True, by="account:omar", now=desk.house.now)
    assert desk.work() == {"requests_lapsed": 1} and desk.status()[0] == "valid"


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_in_a_browser_with_an_authenticator(tmp_path: Path, unlocked: Keys, browsers: Browsers, lang: str) -> None:
    port = free_port()
    desk = Signing(tmp_path, unlocked, str(tmp_path / "register.sqlite"), origin=f"http://localhost:{port}")
    desk.furnish()
    id_ = desk.ask("replace", holder="سامية فؤاد")
    with served(desk.house, port=port):
        page = browsers.page(f"http://localhost:{port}", narrow=True, visitor=desk.visitors["mona"])
        virtual(page, holds=desk.keys["mona"])
        page.goto(f"/centre/requests/{id_}?lang={lang}")
        assert_accessible(page)
        page.locator("#decide button").click()
        page.wait_for_selector('[data-code="approval_given"]')
        assert_accessible(page)
    assert len(signed_requests.given(desk.request())) == 1
    desk.house.close()
