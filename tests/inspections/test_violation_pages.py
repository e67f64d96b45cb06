"""Violations on the pages: reported from an inspection, led to their end by forms, told in a license's story and to the police."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from inspections.enforcement import proposals
from inspections.enforcement.tables import violation_events, violations
from inspections.visits import lookups
from inspections.visits.tables import inspections
from inspections.web.words import TABLE
from seal import days
from tests.inspections.enforcing import HOLDER, PDF, Precinct
from tests.inspections.town import Visitor, plain

REPORT = {"code": "pavement_occupied", "holder": HOLDER, "reason": "الرصيف مشغول", "place": "شارع فؤاد"}


class Forms:
    """Somebody who fills in what the page of a violation offers, and nothing else."""

    def __init__(self, here: Precinct, violation: int) -> None:
        self.here, self.path = here, f"/violations/{violation}"

    def offered(self, name: str) -> list[str]:
        page = self.here.visitors[name].get(self.path).text
        return re.findall(rf'action="/inspections{self.path}/(\w+)"', page)

    def take(self, name: str, step: str, status: int = 303, **fields: str) -> str:
        who = self.here.visitors[name]
        version = re.search(r'name="version" value="(\d+)"', who.get(self.path).text)
        given = {"version": version[1] if version else "0"} | fields
        return who.post(f"{self.path}/{step}", status, **given).text


def made_by(here: Precinct, name: str = "amal", status: int = 303, **changes: str) -> int:
    answer = here.visitors[name].post("/violations", status, inspection=str(here.id_of("clothes")), **REPORT | changes)
    assert answer.location
    return int(answer.location.rsplit("/", 1)[1])


def test_a_violation_goes_its_whole_way_by_the_forms_of_its_page(here: Precinct) -> None:
    amal, clothes = here.visitors["amal"], here.id_of("clothes")
    own = amal.get("/violations")
    assert f"/inspections/violations/new?inspection={clothes}" in own.text
    new = amal.get(f"/violations/new?inspection={clothes}")
    assert 'value="license_not_shown" required checked' in new.text, "what was found bad chooses the kind"
    assert "الباب مغلق بقفل" in new.text
    assert here.world.license().holder in new.text
    assert TABLE["violation_sample_short"]["ar"] in new.text
    forms = Forms(here, made_by(here))
    assert forms.offered("amal") == []
    assert forms.offered("supervisor") == ["approve", "dismiss"]
    forms.take("supervisor", "approve")
    made = int(forms.path.rsplit("/", 1)[1])
    here.seal(made)
    assert forms.offered("supervisor") == ["serve"], "who approved does not cancel"
    assert forms.offered("salma") == ["serve", "cancel"]
    today = days.day_of(here.now).isoformat()
    forms.take("salma", "serve", day=today, how="refused", who="شقيقه")
    here.object_(made)
    assert forms.offered("supervisor") == []
    assert TABLE["violation_same_person"]["ar"] in plain(here.visitors["supervisor"].get(forms.path).text)
    forms.take("salma", "uphold", reason="الصور واضحة")
    forms.take("supervisor", "pay", day=today, receipt="R-9")
    page = here.visitors["supervisor"].get(forms.path).text
    states = re.findall(r'<li data-state="(\w+)">', page)
    assert states == ["reported", "approved", "sealed", "served", "objected", "upheld", "paid"]
    told = plain(page)
    for text in (here.get(made).number, "R-9", "شقيقه", "الصور واضحة", "لم أشغل الرصيف في ذلك اليوم", "300.00", HOLDER):
        assert str(text) in told
    assert "data-sample" in page
    assert forms.offered("chief") == []


def test_the_sealed_paper_is_handed_out_as_the_office_made_it(quick: Precinct) -> None:
    made = quick.report()
    quick.approve(made)
    path = f"/violations/{made}/notice.pdf"
    quick.visitors["supervisor"].get(path, 404)
    quick.seal(made)
    for name in ("supervisor", "amal"):
        answer = quick.visitors[name].get(path)
        assert (answer.data, answer.mimetype) == (PDF, "application/pdf")
        assert f"{quick.get(made).number}.pdf" in answer.headers["Content-Disposition"]
    for name in ("elsewhere", "badr"):
        quick.visitors[name].get(path, 404)
    quick.visitors["police"].get(path, 403)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"holder": " "}, "violation_holder"),
        ({"code": "noise"}, "violation_kind"),
        ({"reason": ""}, "violation_why"),
        ({"place": "م" * 201}, "violation_place"),
    ],
)
def test_a_report_that_is_refused_comes_back_with_all_that_was_typed(quick: Precinct, changes: dict[str, str], code: str) -> None:
    typed = REPORT | {"reason": "كلمات لا تضيع"} | changes
    answer = quick.visitors["amal"].post("/violations", 422, inspection=str(quick.id_of("clothes")), **typed)
    assert f'data-code="{code}"' in answer.text
    assert TABLE[code]["ar"] in plain(answer.text)
    if "reason" not in changes:
        assert "كلمات لا تضيع" in answer.text
    with quick.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(violations)) == 0


def test_a_step_that_is_refused_says_why_beside_its_form(quick: Precinct) -> None:
    made = quick.report()
    forms = Forms(quick, made)
    assert 'data-code="violation_reason"' in forms.take("salma", "dismiss", 422, reason=" ")
    assert 'data-code="violation_changed"' in forms.take("salma", "approve", 409, version="7")
    assert 'data-code="violation_state"' in forms.take("salma", "pay", 409, day="2026-11-29", receipt="1")
    quick.approve(made)
    quick.seal(made)
    for day, code in (("", "served_day"), ("tomorrow", "served_day"), ("2099-01-01", "served_day")):
        page = forms.take("salma", "serve", 422, day=day, how="by_hand", who="من استلم")
        assert f'data-code="{code}"' in page
        assert "من استلم" in page
    assert quick.states(made) == ["reported", "approved", "sealed"]


def test_nobody_takes_a_step_that_is_not_theirs(quick: Precinct) -> None:
    made = quick.report("supervisor")
    forms = Forms(quick, made)
    assert 'data-code="violation_same_person"' in forms.take("supervisor", "approve", 403)
    for name, status in (("amal", 403), ("police", 403), ("admin", 403), ("elsewhere", 404)):
        quick.visitors[name].post(f"/violations/{made}/approve", status, version="1")
    stranger = Visitor(quick)
    stranger.post(f"/violations/{made}/approve", 403, version="1")
    forged = quick.visitors["salma"].http.post(f"/inspections/violations/{made}/approve", data={"version": "1"})
    assert forged.status_code == 403, "no form without its token"
    assert quick.states(made) == ["reported"]
    quick.visitors["badr"].get(f"/violations/{made}", 404)
    quick.visitors["badr"].get(f"/violations/new?inspection={quick.id_of('clothes')}", 404)
    for text in ("x", "", "9" * 30, "-1"):
        quick.visitors["amal"].get(f"/violations/new?inspection={text}", 404)


def test_the_list_shows_each_their_own_under_its_filters(quick: Precinct) -> None:
    served, reported = quick.served(), quick.report("salma", code="unsafe")

    def ids(name: str, query: str = "") -> list[int]:
        page = quick.visitors[name].get(f"/violations{query}").text
        return [int(each) for each in re.findall(r'href="/inspections/violations/(\d+)"', page)]

    assert ids("supervisor") == ids("chief") == [reported, served]
    assert ids("amal") == [served], "an inspector sees what they reported"
    assert ids("elsewhere") == ids("badr") == ids("supervisor", "?state=nonsense") == ids("supervisor", "?authority=AGM") == []
    assert ids("supervisor", "?state=served") == ids("supervisor", "?kind=pavement_occupied") == [served]
    assert ids("supervisor", f"?number={quick.numbers['clothes']}") == [reported, served]
    assert ids("supervisor", "?overdue=1") == []
    quick.now += 60 * 86_400
    page = Visitor(quick, quick.who("supervisor")).get("/violations?overdue=1").text
    assert f'href="/inspections/violations/{served}"' in page
    assert TABLE["violation_is_overdue"]["ar"] in page


def test_an_inspection_leads_to_its_violations_and_to_a_new_one(quick: Precinct) -> None:
    clothes = quick.id_of("clothes")
    assert f"/inspections/violations/new?inspection={clothes}" in quick.visitors["supervisor"].get(f"/visits/{clothes}").text
    made = quick.report()
    assert f'href="/inspections/violations/{made}"' in quick.visitors["supervisor"].get(f"/visits/{clothes}").text
    agami = quick.id_of("agami")
    assert "violations/new" not in quick.visitors["supervisor"].get(f"/visits/{agami}", None).text


def test_a_story_tells_every_step_and_takes_a_proposal(here: Precinct) -> None:
    made = here.served()
    number = here.numbers["clothes"]
    page = here.visitors["supervisor"].get(f"/licenses/{number}").text
    assert page.count('data-kind="violation"') == 4
    assert f'href="/inspections/violations/{made}"' in page
    supervisor = here.visitors["supervisor"]
    given = {"license": number, "action": "suspend", "reason": "ثلاث مخالفات في شهر"}
    assert supervisor.post("/violations/proposals", **given).location == f"/inspections/licenses/{number}"
    again = supervisor.post("/violations/proposals", 409, **given)
    assert 'data-code="proposal_open"' in again.text
    assert "ثلاث مخالفات في شهر" in again.text
    supervisor.post("/violations/proposals", 404, **given | {"license": here.numbers["agami"]})
    supervisor.post("/violations/proposals", 404, **given | {"license": "x"})
    here.visitors["elsewhere"].post("/violations/proposals", 404, **given)
    here.visitors["salma"].post("/violations/proposals", violation=str(made), action="revoke", reason="لم يرفع الإشغال")
    with here.engine.connect() as connection:
        found = proposals.of_license(connection, number, None)
    assert [(each.action, each.number, each.proposed_by) for each in found] == [
        ("revoke", here.get(made).number, "salma"), ("suspend", None, "supervisor")
    ]  # fmt: skip
    told = plain(supervisor.get(f"/licenses/{number}").text)
    assert "لم يرفع الإشغال" in told
    assert "لم يرفع الإشغال" in plain(supervisor.get(f"/violations/{made}").text)


def test_the_police_see_notices_by_number_name_place_and_code_and_each_look_is_kept(here: Precinct) -> None:
    made = here.served()
    reported = here.report(code="unsafe")
    police, number, license_ = here.visitors["police"], here.get(made).number, here.numbers["clothes"]
    text = here.get(made).text
    assert number
    assert text
    for asked in (number, number.lower(), license_, "ملابس الحرية", "31.2011, 29.9197", text, here.texts["clothes"]):
        page = plain(police.post("/lookup", 200, q=asked).text)
        assert number in page, asked
        assert TABLE["violation_is_served"]["ar"] in page
        assert "300.00" in page
    assert TABLE["notice_is_genuine"]["ar"] in plain(police.post("/lookup", 200, q=text).text)
    assert TABLE["notice_is_not"]["ar"] in plain(police.post("/lookup", 200, q=f"{text[:-6]}000000").text)
    with here.engine.connect() as connection:
        kept = lookups.of_account(connection, here.who("police").id)
        assert len(kept) == 9
        assert {each.asked for each in kept if each.kind == "code"} <= {number, license_, ""}
        before = connection.scalar(select(func.count()).select_from(violation_events))
    assert here.get(reported).state == "reported"
    assert TABLE["violation_is_reported"]["ar"] not in page, "a report is not a notice yet"
    assert before == 5


def test_the_police_see_no_notice_of_another_authority(quick: Precinct) -> None:
    made = quick.report("badr", of=quick.id_of("agami"), code="unsafe")
    number = quick.approve(made, "elsewhere")
    assert quick.get(made).authority == "AGM"
    assert HOLDER not in quick.visitors["police"].post("/lookup", 200, q=number).text


def test_a_notice_without_a_license_is_found_by_its_place_and_by_the_name_it_is_addressed_to(here: Precinct) -> None:
    with here.engine.connect() as connection:
        row = connection.execute(select(inspections).where(inspections.c.kind == "unlicensed")).one()
    number = here.approve(here.report(of=row.id, code="without_license", holder="هبة الله الإسكندراني"))
    here.report(of=row.id, code="unsafe", holder="هبة الله بلا إخطار")
    police = here.visitors["police"]

    def found(asked: str, name: str = "police") -> list[str]:
        page = here.visitors[name].post("/lookup", 200, q=asked).text.split('id="notices"')[1]
        return re.findall(r"VIO-\w+-\d+-\d+-\w", page.split("</section>")[0])

    assert found(f"{row.latitude + 0.0003}, {row.longitude}") == [number]
    assert found(f"{row.latitude + 0.01}, {row.longitude}") == []
    assert found(f"{row.latitude + 0.0008}, {row.longitude + 0.0008}") == [], "in the square, farther than a hundred metres"
    for asked in ("هبه الله الاسكندرانى", "اسكندران", "هِبة"):
        assert found(asked) == [number], asked
    assert found("هبة المنصورة") == found("ندراني") == found("...") == []
    with here.engine.connect() as connection:
        kept = lookups.of_account(connection, here.who("police").id)
    assert [(each.kind, each.found) for each in kept[-4:]] == [("name", 1), ("place", 0), ("place", 0), ("place", 1)]
    here.people["wafaa"] = here.account("wafaa", ("AGM", "police"))
    here.visitors["wafaa"] = Visitor(here, here.people["wafaa"])
    assert found("هبة الله", "wafaa") == [], "another authority's"
    assert police.get("/lookup").text.count("<li><bdi>") == 9
