"""A license at the desk: suspended, revoked, reinstated, corrected; for reasons, by two people where rules ask, sealed by the worker."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from sqlalchemy import text

from issuer.register import history, requests
from office.applications import holders
from office.licenses import carrying
from office.licenses.carrying import Hands
from storage.database import reading
from tests.office.applications.conftest import unlocked
from tests.office.desk.house import House, Visitor, faults, plain

__all__ = ["unlocked"]


def hands(house: House, *, released: bool = True) -> Hands:
    """What the worker carries requests out with."""
    office = house.context.office()
    return Hands(house.clerk.sealer, office.rules, office.host, holders.mobile_of, lambda _: released)


def carry(house: House, **more: bool) -> Counter[str]:
    """A round of the worker."""
    return carrying.run(house.context.engine, hands(house, **more), now=house.now)


class Desk:
    """A house with a license in force, a clerk and two reviewers of its authority."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.citizen()
        self.clerk = house.staff("mona", ("MN1", "clerk"))
        self.reem = house.staff("reem", ("MN1", "reviewer"))
        self.karim = house.staff("karim", ("MN1", "reviewer"))
        self.elsewhere = house.staff("hany", ("SHQ", "clerk"), ("SHQ", "reviewer"), ("SHQ", "manager"))
        self.number = self.license("31.2752")

    def license(self, latitude: str) -> str:
        from tests.office.applications.workplace import shop

        fields = shop(latitude=latitude, trade_name=f"مخبز {latitude}")
        return self.house.work.issued("shop.first", fields, actor=self.house.actor_of())[1]

    def path(self, change: str, number: str = "") -> str:
        return f"/centre/licenses/{number or self.number}/change/{change}"

    def ask(self, who: Visitor, change: str, number: str = "", status: int = 303, **fields: str) -> str:
        sent = {"go": "sure", "reason": "other", "words": "سبب للتجربة"} | fields
        return who.post(self.path(change, number), status, **sent).text

    def record(self, number: str = "") -> history.Record:
        return history.show(self.house.context.engine, number or self.number)

    def requests(self) -> list[requests.Request]:
        with reading(self.house.context.engine) as connection:
            return [*requests.listed(connection, open_=True), *requests.listed(connection, open_=False)]

    def decide(self, who: Visitor, word: str = "approve", status: int = 303) -> str:
        return who.post(f"/centre/requests/{self.requests()[0].id}", status, decision=word).text


@pytest.fixture
def desk(each_house: House) -> Desk:
    return Desk(each_house)


def test_one_person_suspends_and_it_takes_two_to_lift_that(desk: Desk) -> None:
    page = desk.reem.get(f"/centre/licenses/{desk.number}").text
    assert set(re.findall(r"/change/(\w+)\"", page)) == {"suspend", "revoke", "replace"}
    sure = desk.reem.post(desk.path("suspend"), 200, reason="danger", words="سلك مكشوف").text
    assert 'data-verdict="suspended"' in sure and "هذا الترخيص موقوف" in sure, "what whoever checks the code will read"
    assert desk.record().status == "valid", "nothing before they are sure"
    desk.ask(desk.reem, "suspend", reason="danger", words="سلك مكشوف")
    assert (desk.record().status, desk.record().events[-1].by) == ("suspended", "account:reem")
    shown = plain(desk.clerk.get(f"/centre/licenses/{desk.number}").text)
    assert "خطر على الناس" in shown and "سلك مكشوف" in shown and "reem" in shown

    desk.ask(desk.reem, "reinstate", reason="mended", words="")
    assert desk.record().status == "suspended" and carry(desk.house) == Counter()
    assert "request_own" in faults(desk.decide(desk.reem, status=403))
    desk.decide(desk.karim)
    assert desk.record().status == "suspended", "the web carries nothing out"
    assert carry(desk.house) == Counter(requests_done=1) and carry(desk.house) == Counter()
    record = desk.record()
    assert (record.status, record.events[-1].kind, record.events[-1].request) == ("valid", "reinstated", desk.requests()[0].id)
    shown = plain(desk.clerk.get(f"/centre/licenses/{desk.number}").text)
    assert "أُزيلت أسباب الإيقاف" in shown and "أعدّه reem · وافق عليه karim" in shown
    with desk.house.context.engine.connect() as connection:
        told = connection.scalars(text("SELECT event FROM message WHERE event LIKE 'request/%' OR event LIKE 'desk/%'")).all()
    assert len(told) == 2, "the holder learns of both"


def test_a_correction_is_sealed_by_the_worker_alone_and_only_as_it_was_approved(desk: Desk) -> None:
    form = desk.clerk.get(desk.path("replace")).text
    assert 'value="سامي فؤاد حسن"' in form and 'value="31.275200"' in form
    sent = {"holder": "سامية فؤاد", "latitude": "31.2753", "longitude": "30.0061", "reason": "typing"}
    sure = plain(desk.clerk.post(desk.path("replace"), 200, **sent).text)
    assert "سامي فؤاد حسن سامية فؤاد" in sure and "صدر ختم جديد بدلاً من هذا الختم" in sure
    desk.ask(desk.clerk, "replace", **sent)
    desk.ask(desk.clerk, "replace", **sent)
    assert len(desk.requests()) == 1, "asked for once"
    assert "سامية فؤاد" in desk.reem.get(f"/centre/requests/{desk.requests()[0].id}").text
    desk.decide(desk.reem)
    assert desk.record().claims.edition == 0
    assert carry(desk.house, released=False) == Counter(release_missing=1) and desk.record().claims.edition == 0
    assert carry(desk.house) == Counter(requests_done=1)
    after = desk.record()
    assert (after.claims.edition, after.claims.holder, after.events[-1].by) == (1, "سامية فؤاد", "program:worker")
    assert round(after.claims.license.site.point.latitude, 5) == 31.2753


def test_what_changed_since_the_approval_lapses(desk: Desk) -> None:
    desk.ask(desk.clerk, "replace", holder="سامية فؤاد", reason="typing")
    desk.decide(desk.karim)
    desk.ask(desk.reem, "suspend", reason="danger")
    desk.ask(desk.reem, "revoke", reason="court")
    desk.decide(desk.karim)
    assert carry(desk.house) == Counter(requests_lapsed=1, requests_done=1), "what was approved first finds a license that may be corrected"
    assert [each.state for each in desk.requests()] == ["lapsed", "used"]
    assert desk.record().claims.edition == 1


@pytest.mark.parametrize("where", ["told", "digest"])
def test_an_approval_is_for_what_was_shown_and_for_nothing_else(desk: Desk, where: str) -> None:
    """Somebody writes into the database what the approver never saw."""
    desk.ask(desk.clerk, "replace", holder="سامية فؤاد", reason="typing")
    desk.decide(desk.reem)
    change = "told = replace(told, 'سامية', 'لصّ')" if where == "told" else f"digest = {_octets(desk.house)}"
    from tests import by_hand

    by_hand.run(desk.house.context.engine, f"UPDATE sealing_request SET {change}")
    assert carry(desk.house) == Counter(requests_lapsed=1)
    assert desk.record().claims.edition == 0 and desk.requests()[0].told["fault"] == "license_changed_since"


def _octets(house: House) -> str:
    return "'\\x00'::bytea" if house.context.engine.dialect.name == "postgresql" else "x'00'"


def test_who_may_not_is_refused(desk: Desk) -> None:
    assert "change_not_yours" in faults(desk.ask(desk.clerk, "suspend", status=403)), "what one person does is for reviewers and managers"
    desk.ask(desk.elsewhere, "suspend", status=404)
    desk.elsewhere.get(desk.path("replace"), 404)
    desk.clerk.get(desk.path("destroy"), 404)
    assert "transition_refused" in faults(desk.ask(desk.reem, "reinstate", status=409))
    forged = desk.reem.http.post(desk.path("suspend"), data={"go": "sure", "reason": "danger", "form": "0" * 64})
    assert forged.status_code == 403
    desk.ask(desk.clerk, "revoke")
    request = desk.requests()[0].id
    desk.elsewhere.post(f"/centre/requests/{request}", 404, decision="approve")
    assert desk.clerk.post(f"/centre/requests/{request}", 403, decision="approve")
    desk.decide(desk.reem, "refuse")
    assert "request_decided" in faults(desk.decide(desk.karim, status=409)), "a refusal is not approved after all"
    assert carry(desk.house) == Counter() and desk.record().status == "valid"


def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(desk: Desk) -> None:
    assert faults(desk.ask(desk.reem, "suspend", status=422, reason="", words="كلام")) == {"reason_unknown"}
    assert faults(desk.ask(desk.reem, "suspend", status=422, reason="other", words=" ")) == {"reason_words_missing"}
    sent = {"holder": "س" * 200, "latitude": "north", "valid_until": "soon", "reason": "typing"}
    page = desk.ask(desk.clerk, "replace", status=422, **sent)
    assert faults(page) == {"holder_too_long", "latitude_invalid", "date_invalid"}
    assert all(value in page for value in sent.values())
    assert faults(desk.ask(desk.clerk, "replace", status=422, reason="typing")) == {"nothing_to_replace"}
    assert "site_outside_authority" in faults(desk.ask(desk.clerk, "replace", status=422, latitude="31.2201", longitude="29.9601"))
    seen = re.findall(r'name="seen" value="([^"]+)"', desk.reem.get(desk.path("suspend")).text)[0]
    desk.ask(desk.reem, "suspend")
    assert "license_changed_since" in faults(desk.ask(desk.reem, "revoke", status=409, seen=seen)), "two people at one license"


def test_a_worker_that_is_killed_in_the_middle_did_all_of_it_or_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.ask(desk.clerk, "replace", holder="سامية فؤاد", reason="typing")
    desk.decide(desk.reem)
    note = carrying.notices.issued
    monkeypatch.setattr(carrying.links, "withdraw", _killed)
    with pytest.raises(KeyboardInterrupt):
        carry(desk.house)
    assert (desk.record().claims.edition, desk.requests()[0].state) == (0, "approved")
    monkeypatch.undo()
    assert carrying.notices.issued is note
    assert carry(desk.house) == Counter(requests_done=1) and desk.record().claims.edition == 1
    assert carry(desk.house) == Counter(), "an approval is used once"


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
