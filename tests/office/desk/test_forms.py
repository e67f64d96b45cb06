"""Every form of both channels, with what nobody should send: it refuses politely, names the field, and keeps what was typed.

A form without a line here fails. What was typed also survives a session that ended while somebody was typing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import lxml.html
import pytest
from lxml.html import HtmlElement
from sqlalchemy import text
from werkzeug.test import TestResponse

from issuer import sentences
from office.applicants import keyring
from office.desk import access, words
from office.van import references
from seal import sentences as core
from tests.issuer import offices
from tests.office.applications.conftest import Keys, unlocked
from tests.office.applications.workplace import pdf
from tests.office.desk.house import PASSWORD, Visitor, mobile
from tests.office.desk.town import Full

__all__ = ["unlocked"]

LONG = "س" * 5_000
MARKUP = '"><script>alert(1)</script>&amp;'
OURS = {"Sec-Fetch-Site": "same-origin"}
NEVER = "700000"  # a draft's version, however many tests saved it before: at its own it is sent, and gone for those after
PARTS = 4  # of what is tried again on the other kind of database, of which one is for every run


class Bad(NamedTuple):
    """What somebody sends, the code of what is said about it, and the field it is said about, if it is about one."""

    sent: Mapping[str, str]
    code: str
    field: str = ""
    status: int = 422


class Form(NamedTuple):
    """A form: who sends it, where, and what it refuses. `secret` are fields that no page repeats."""

    who: str
    path: str
    bad: tuple[Bad, ...]
    secret: frozenset[str] = frozenset()
    file: tuple[bytes, str] | None = None


def typed(field: str, *values: str, code: str, **more: str) -> tuple[Bad, ...]:
    """The same refusal of one field for several values."""
    return tuple(Bad({field: value, **more}, code, field) for value in values)


def step(path: str, *, missing: str = "reason_missing") -> tuple[Bad, ...]:
    """What every step with a reason refuses."""
    return (Bad({"reason": " "}, missing, "reason"), Bad({"reason": LONG}, "field_too_long", "reason"))


DETAILS = (
    *typed("trade_name", LONG, code="field_too_long"),
    *typed("trade_name", "س" * 200, MARKUP * 5, code="trade_name_too_long"),
    *typed("trade_name", "a\u202eb", code="direction_override"),
    *typed("holder", " ", code="holder_missing"),
    *typed("floor_area", "many", "-4", "1e9", MARKUP, code="field_invalid"),
    *typed("valid_from", "soon", "31/2/2027", "2026-13-01", code="date_invalid"),
    *typed("activity", LONG, code="field_too_long"),
    *typed("applicant_national_id", LONG, code="field_too_long"),
    *typed("applicant_national_id", "12", MARKUP, code="national_id_length"),
    *typed("applicant_tax_number", "1", MARKUP, code="tax_number_invalid", applicant_kind="company"),
    *typed("applicant_mobile", "12345", MARKUP, code="mobile_invalid"),
    *typed("agent_poa_year", "2027", MARKUP, code="poa_year_invalid"),
)
SITE = (
    *typed("latitude", "north", MARKUP, code="latitude_invalid", longitude="30.0061"),
    *typed("latitude", "95", code="latitude_range", longitude="30.0061"),
    *typed("radius_m", "9999", code="radius_range", latitude="31.2752", longitude="30.0061"),
    *typed("radius_m", "-1", "wide", code="radius_invalid", latitude="31.2752", longitude="30.0061"),
)
GONE = Bad({}, "application_unknown", status=404)


def applying(who: str, base: str, draft: str) -> dict[str, Form]:
    channel = "portal" if base == "/apply" else "centre"
    unknown = "0" * 32
    begin = [Bad({"type": "castle", "procedure": "first"}, "service_unknown"), Bad({"type": "shop", "procedure": LONG}, "service_unknown")]
    begin += [Bad({"type": "shop", "procedure": "first", "authority": "ZZZ"}, "authority_unknown", "authority")]
    if channel == "centre":
        begin += typed("mobile", "12345", MARKUP, LONG, code="mobile_invalid", type="shop", procedure="first", authority="MN1")
    files = (Bad({"code": "identity"}, "document_type", "identity"), Bad({"code": "castle"}, "document_unknown"))
    return {
        f"{channel}_apply.begin": Form(who, base, tuple(begin)),
        f"{channel}_apply.save details": Form(who, f"{base}/{draft}/details", DETAILS),
        f"{channel}_apply.save site": Form(who, f"{base}/{draft}/site", SITE),
        f"{channel}_apply.save documents": Form(who, f"{base}/{unknown}/documents", (GONE,)),
        f"{channel}_apply.attach": Form(who, f"{base}/{draft}/attach", files, file=(b"<svg onload=alert(1)>", "<b>.svg")),
        f"{channel}_apply.detach": Form(who, f"{base}/{draft}/detach/{2**53}", (Bad({}, "document_unknown", status=404),)),
        f"{channel}_apply.discard": Form(who, f"{base}/{unknown}/discard", (GONE,)),
        f"{channel}_applicant.form": Form(who, f"{base}/{unknown}/applicant", (GONE,)),
        f"{channel}_apply.send": Form(
            who, f"{base}/{draft}/send", tuple(Bad({"version": version}, "changed_meanwhile", status=409) for version in (NEVER, "²"))
        ),
    }


INSPECTED = (
    Bad({"reason": "رأيته"}, "field_missing", "outcome"),
    Bad({"reason": "رأيته", "outcome": MARKUP}, "field_missing", "outcome"),
    Bad({"reason": LONG, "outcome": "fits"}, "field_too_long", "reason"),
)
FORMS: dict[str, Form] = {
    "portal.send": Form("stranger", "/sign-in", typed("mobile", "", "12345", MARKUP, "٠١٠" * 9, LONG, code="mobile_invalid")),
    "portal.enter": Form(
        "stranger",
        "/sign-in/code",
        typed("code", "", "12", MARKUP, "²²²²²²", "999999999999", code="code_refused", mobile=mobile(7)),
    ),
    "portal.leave": Form("stranger", "/sign-out", (Bad({}, "", status=303),)),
    **applying("citizen", "/apply", "{draft}"),
    **applying("clerk", "/centre/apply", "{counter}"),
    "portal_applicant.full": Form("citizen", "/applications/APP-MN1-2026-999999-0/applicant", (GONE,)),
    "centre_applicant.full": Form("reviewer", "/centre/applications/APP-MN1-2026-999999-0/applicant", (GONE,)),
    "applicants.search": Form("clerk", "/centre/applicants", typed("number", "", "12345", MARKUP, LONG, code="applicant_search_text")),
    "portal_case.act withdraw": Form("citizen", "/applications/{unpaid}/do/withdraw", (Bad({"reason": LONG}, "field_too_long", "reason"),)),
    "portal_case.act object": Form("citizen", "/applications/{rejected}/do/object", step("object")),
    "portal_case.act object with a document": Form(
        "citizen",
        "/applications/{rejected}/do/object",
        (
            Bad({"reason": "الموقع خالٍ <b>"}, "document_type", "file"),
            Bad({"reason": " "}, "reason_missing", "reason"),
            Bad({"reason": LONG}, "field_too_long", "reason"),
        ),
        file=(b"<svg onload=alert(1)>", "<b>.svg"),
    ),
    "centre_case.act object with a document": Form(
        "clerk",
        "/centre/applications/{rejected}/do/object",
        (Bad({"reason": "كتب المواطن تظلمه"}, "document_type", "file"),),
        file=(b"MZ\x90", "receipt.pdf.hta"),
    ),
    "portal_papers.replace": Form(
        "citizen",
        "/applications/{papers}/documents/{paper}/replace",
        (Bad({}, "document_type", "file"),),
        file=(b"<svg onload=alert(1)>", "<b>.svg"),
    ),
    "centre_papers.replace": Form(
        "clerk",
        "/centre/applications/{papers}/documents/{paper}/replace",
        (Bad({}, "document_type", "file"),),
        file=(b"MZ\x90", "a.pdf.hta"),
    ),
    "centre_papers.judge": Form(
        "reviewer",
        "/centre/applications/{judged}/documents/{judged_paper}/judge",
        (
            *(Bad({"verdict": "returned", "words": words}, "reason_missing", "words") for words in ("", " ")),
            Bad({"verdict": "returned", "ground": "conquest", "words": ""}, "reason_missing", "words"),
            Bad({"verdict": "returned", "words": LONG}, "field_too_long", "words"),
            Bad({"verdict": "accepted", "seen": "1234567"}, "changed_meanwhile", status=409),
            Bad({"verdict": MARKUP}, "bad_request", status=400),
        ),
    ),
    "portal_case.act": Form("citizen", "/applications/{unpaid}/do/conquer", (Bad({}, "not_found", status=404),)),
    "portal_case.pay": Form("citizen", "/applications/{review}/pay", (Bad({}, "not_found", status=404),)),
    "centre_case.act return": Form("reviewer", "/centre/applications/{review}/do/return", step("return")),
    "centre_case.act reject": Form("reviewer", "/centre/applications/{review}/do/reject", step("reject")),
    "centre_case.act approve": Form(
        "reviewer", "/centre/applications/{review}/do/approve", (Bad({"version": "1"}, "changed_meanwhile", status=409),)
    ),
    "centre_case.act request_inspection": Form(
        "reviewer", "/centre/applications/{review}/do/request_inspection", (Bad({"reason": LONG}, "field_too_long", "reason"),)
    ),
    "centre_case.act record_inspection": Form("reviewer", "/centre/applications/{visit}/do/record_inspection", INSPECTED),
    "centre_case.act uphold": Form("manager", "/centre/applications/{objection}/do/uphold", step("uphold")),
    "centre_case.act dismiss": Form("manager", "/centre/applications/{objection}/do/dismiss", step("dismiss")),
    "centre_case.act": Form("reviewer", "/centre/applications/APP-MN1-2026-999999-0/do/reject", (GONE,)),
    "login.enter": Form(
        "stranger",
        "/centre/sign-in",
        (
            Bad({"name": "reem", "password": "wrong"}, "sign_in_refused", "password"),
            Bad({"name": MARKUP, "password": LONG}, "sign_in_refused", "password"),
            Bad({"name": LONG, "password": ""}, "sign_in_refused", "password"),
        ),
        frozenset({"password"}),
    ),
    "login.prove": Form("half", "/centre/code", typed("code", "", "12", MARKUP, "²²²²²²", LONG, code="code_refused"), frozenset({"code"})),
    "login.enrol": Form("new", "/centre/enrol", typed("code", "", "12", MARKUP, LONG, code="code_refused"), frozenset({"code"})),
    "login.accept": Form(
        "stranger",
        "/centre/welcome/{invitation}",
        (
            Bad({"password": "short", "again": "short"}, "password_short", "password"),
            Bad({"password": LONG, "again": LONG}, "password_long", "password"),
            Bad({"password": "password1234", "again": "password1234"}, "password_easy", "password"),
            Bad({"password": PASSWORD, "again": "another"}, "password_differs", "password"),
        ),
        frozenset({"password", "again"}),
    ),
    "login.leave": Form("stranger", "/centre/sign-out", (Bad({}, "", status=303),)),
    "licensing.send": Form(
        "reviewer",
        "/centre/licenses/{license}/change/suspend",
        (
            *typed("reason", "", "lost", code="reason_unknown", words="كلام"),
            Bad({"reason": "other", "words": " "}, "reason_words_missing", "words"),
            Bad({"reason": "danger", "words": LONG}, "field_too_long", "words"),
        ),
    ),
    "licensing.send replace": Form(
        "clerk",
        "/centre/licenses/{license}/change/replace",
        (
            Bad({"holder": "س" * 200, "reason": "typing"}, "holder_too_long", "holder"),
            Bad({"trade_name": "a\u202eb", "reason": "typing"}, "direction_override", "trade_name"),
            Bad({"latitude": MARKUP, "reason": "typing"}, "latitude_invalid", "latitude"),
            Bad({"radius_m": "wide", "reason": "typing"}, "radius_invalid", "radius_m"),
            Bad({"valid_until": "soon", "reason": "typing"}, "date_invalid", "valid_until"),
            Bad({"reason": "typing"}, "nothing_to_replace"),
        ),
    ),
    "holding.decide": Form("reviewer", "/centre/held/999999", (Bad({"decision": "accept"}, "held_unknown", status=404),)),
    "importing.upload": Form("clerk", "/centre/imports", (Bad({}, "file_empty", "file"),), file=(b"", "empty.csv")),
    "importing.save": Form(
        "clerk",
        "/centre/imports/{import}/rows/2",
        (*typed("holder", "", "-", code="holder_missing")[:1], *typed("valid_from", "soon", MARKUP, code="date_invalid")),
    ),
    "importing.ask": Form("clerk", "/centre/imports/999999/ask", (Bad({}, "import_unknown", status=404),)),
    "importing.discard": Form("clerk", "/centre/imports/999999/discard", (Bad({}, "import_unknown", status=404),)),
    "stickers.print_": Form("clerk", "/centre/stickers", (Bad({"grid": "A0"}, "size_unknown"), Bad({"grid": "12"}, "stickers_none"))),
    "work.print_": Form("clerk", "/centre/licenses/{license}/print", (Bad({"size": "A0"}, "size_unknown", "size"),)),
    "till.pay": Form(
        "cashier",
        "/centre/till/{unpaid}",
        (
            *typed("amount", "", "much", "-5", MARKUP, "1e3", "9" * 60, LONG, code="amount_invalid", method="cash"),
            *typed("amount", "0.01", "٠٫٠١", code="amount_differs", method="cash"),
            Bad({"amount": "{total}", "method": "cheque"}, "method_unknown", "method"),
        ),
    ),
    "team.away": Form(
        "clerk",
        "/centre/work/leave",
        (
            Bad({"first": "", "last": "2026-12-01"}, "field_missing", "first"),
            *typed("first", "soon", MARKUP, "2026-13-01", code="date_invalid", last="2026-12-01"),
            Bad({"first": "2026-12-02", "last": "2026-12-01"}, "leave_days", "last"),
            Bad({"first": "2025-12-01", "last": "2025-12-02"}, "leave_past", "last"),
            Bad({"first": "2026-12-01", "last": "2036-12-01"}, "leave_long", "last"),
            Bad({"first": "2026-12-01", "last": "2026-12-02", "who": "999999"}, "assign_unknown"),
        ),
    ),
    "team.end": Form("clerk", "/centre/work/leave/999999/end", (Bad({}, "leave_unknown"),)),
    "team.hand": Form(
        "clerk",
        "/centre/work/hand-over",
        (
            Bad({"to": "1"}, "assign_nothing"),
            Bad({"case": "APP-MN1-2026-999999-0", "to": MARKUP}, "assign_unknown"),
            Bad({"case": "APP-MN1-2026-999999-0", "to": "1", "note": LONG}, "note_long"),
        ),
    ),
    "team.rule": Form(
        "manager",
        "/centre/work/rules",
        (
            Bad({"authority": "ZZZ", "service": MARKUP, "state": "review"}, "assign_manager"),
            Bad({"authority": "MN1", "service": "castle", "state": "review"}, "rule_unknown"),
            Bad({"authority": "MN1", "service": "shop", "state": MARKUP}, "rule_unknown"),
            Bad({"authority": "MN1", "service": "shop", "state": "", "person": "999999"}, "rule_member"),
        ),
    ),
    "team.unrule": Form("manager", "/centre/work/rules/999999/remove", (Bad({}, "rule_unknown"),)),
    "team.seen": Form("clerk", "/centre/work/seen", (Bad({"x": MARKUP}, "", status=303),)),
    "assigning.take": Form("clerk", "/centre/applications/APP-MN1-2026-999999-0/take", (GONE,)),
    "assigning.give": Form(
        "manager",
        "/centre/applications/{review}/give",
        (Bad({"to": MARKUP}, "assign_unknown"), Bad({"to": "999999", "note": LONG}, "assign_unknown")),
    ),
    "assigning.back": Form("clerk", "/centre/applications/APP-MN1-2026-999999-0/back", (GONE,)),
    "assigning.note": Form(
        "reviewer", "/centre/applications/{review}/notes", (Bad({"note": " "}, "note_empty"), Bad({"note": LONG}, "note_long"))
    ),
    "assigning.call": Form("reviewer", "/centre/applications/{review}/call", (Bad({"why": MARKUP}, "look_reason"),)),
    "assigning.mobile": Form(
        "clerk",
        "/centre/applications/{unpaid}/mobile",
        (
            *(Bad({"mobile": each, "why": "أخطأ في رقم"}, "mobile_invalid") for each in ("", "12345", MARKUP)),
            Bad({"mobile": mobile(77), "why": " "}, "reason_missing"),
            Bad({"mobile": mobile(77), "why": LONG}, "reason_missing"),
        ),
    ),
    "assigning.decide": Form(
        "reviewer", "/centre/applications/{review}/mobile/999999", (Bad({"decision": MARKUP}, "bad_request", status=400),)
    ),
    "assigning.again": Form("clerk", "/centre/applications/APP-MN1-2026-999999-0/again", (GONE,)),
    "portal_objection.send": Form("citizen", "/applications/{rejected}/objection", (Bad({"reason": LONG}, "field_too_long", "reason"),)),
    "holdings.renew": Form("citizen", "/licenses/ALX-MN1-2026-9999999-0/renew", (Bad({}, "number_unknown", status=404),)),
    "queue.take": Form("clerk", "/centre/queue/take", (Bad({"class": "Z"}, "field_missing"), Bad({"class": MARKUP}, "field_missing"))),
    "queue.came": Form(
        "clerk",
        "/centre/queue/came",
        tuple(Bad({"appointment": text}, "appointment_unknown", status=404) for text in ("", "x", MARKUP, "9" * 30)),
    ),
    "queue.next_": Form(
        "clerk",
        "/centre/queue/next",
        (*typed("desk", "", MARKUP, "9" * 13, code="desk_invalid"), Bad({"desk": "7", "class": "Z"}, "queue_empty", status=409)),
    ),
    "queue.done": Form("clerk", "/centre/queue/tickets/5001/missed", (Bad({}, "ticket_over", status=409),)),
    "provisional.look": Form(
        "stranger",
        "/slips",
        (
            *typed("reference", "", MARKUP, "VAN-0001-000001-0", "APP-MN1-2026-000001-0", code="van_reference_invalid", digits="0007"),
            *typed("digits", "", "12", "x²", MARKUP, code="van_digits_invalid", reference=references.of(7_000, 4)),
            Bad({"reference": references.of(7_000, 4), "digits": "0001"}, "van_slip_unknown", status=404),
        ),
    ),
    "van_laptops.code": Form(
        "manager",
        "/centre/van/laptops",
        (
            Bad({"holder": MARKUP, "authority": "MN1"}, "account_unknown", status=404),
            *(Bad({"holder": "clerk", "authority": text}, "van_holder_refused") for text in ("", MARKUP, "SHQ", "*")),
            Bad({"holder": "reviewer", "authority": "MN1"}, "van_holder_refused"),
            Bad({"holder": "clerk", "authority": "MN1", "name": LONG}, "van_name_invalid"),
        ),
    ),
    "van_laptops.change": Form(
        "manager",
        "/centre/van/laptops/{laptop}/lost",
        (Bad({}, "van_confirm"), Bad({"sure": MARKUP}, "van_confirm")),
    ),
    "van_brought.all_": Form("clerk", "/centre/van/all/{laptop}", (Bad({}, "van_nothing_waits", status=409),)),
    "van_brought.act": Form("clerk", "/centre/van/{parcel}/back", tuple(Bad({"reason": text}, "van_reason") for text in ("", " ", LONG))),
    "appointments.book": Form(
        "citizen",
        "/appointments",
        (
            Bad({"centre": "MN1", "day": MARKUP, "minute": "600"}, "slot_unknown"),
            Bad({"centre": MARKUP, "day": "2026-12-02", "minute": "600"}, "slot_unknown"),
            Bad({"centre": "MN1", "day": "2026-12-02", "minute": "x"}, "slot_unknown"),
            Bad({"centre": "MN1", "day": "2026-12-02", "minute": "601"}, "slot_unknown"),
            Bad({"centre": "MN1", "day": "2026-12-01", "minute": "630"}, "appointment_same_day", status=409),
        ),
    ),
    "appointments.cancel": Form("other", "/appointments/6000/cancel", (Bad({}, "appointment_unknown", status=404),)),
    "drawers.open_": Form(
        "manager",
        "/centre/drawers/open",
        (
            *typed("pieces-500", "x", "-1", "1.5", MARKUP, LONG, code="pieces_invalid", authority="MN1"),
            Bad({"authority": MARKUP}, "field_missing"),
        ),
    ),
    "drawers.count": Form(
        "cashier",
        "/centre/drawers/{drawer}/count",
        (
            *typed("pieces-20000", "x", "²", MARKUP, LONG, code="pieces_invalid"),
            *typed("card", "much", "-5", MARKUP, "1e3", LONG, code="amount_invalid"),
        ),
    ),
    "drawers.explain": Form("cashier", "/centre/drawers/{drawer}/explain", (Bad({"tally": MARKUP}, "drawer_not_counted"),)),
    "drawers.close": Form("manager", "/centre/drawers/{drawer}/close", (Bad({"tally": MARKUP}, "drawer_not_counted"),)),
    "money.compare": Form("manager", "/centre/money/compare", (Bad({}, "forbidden", status=403),)),
    "money.give": Form(
        "cashier",
        "/centre/money/{rejected}",
        (
            *typed("amount", "", "much", "-5", "0", MARKUP, "1e3", LONG, code="amount_invalid", payment="1", reason="سحب"),
            *typed("payment", "", "x", "²", MARKUP, LONG, "1", "999999999999999", code="payment_unknown", amount="1", reason="سحب"),
            *typed("reason", " ", code="reason_missing", payment="1", amount="1"),
            *typed("reason", LONG, code="field_too_long", payment="1", amount="1"),
        ),
    ),
    "money.notice": Form(
        "manager",
        "/centre/money/notices/999999",
        (Bad({"decision": "dismiss", "note": MARKUP}, "notice_unknown", status=404), Bad({"decision": LONG}, "bad_request", status=400)),
    ),
    "money.refund": Form(
        "manager",
        "/centre/money/refunds/999999",
        (Bad({"decision": "done"}, "refund_unknown", status=404), Bad({"decision": MARKUP}, "bad_request", status=400)),
    ),
    "proposals.decide": Form(
        "manager",
        "/centre/proposals/{proposal}",
        (
            *typed("reason", "", " ", LONG, code="reason_missing", decision="rejected"),
            Bad({"decision": MARKUP, "reason": "x"}, "bad_request", status=400),
        ),
    ),
    "notice.show": Form("stranger", "/notice", typed("text", "", MARKUP, LONG, "VIO-MN1-2026-000001-0", code="not_a_notice")),
    "objection.object_": Form("stranger", "/notice/objection", typed("text", MARKUP, code="not_a_notice")),
    "objection.paper": Form("stranger", "/notice/paper", (Bad({"text": MARKUP}, "not_found", status=404),)),
    "reports.resend": Form("manager", "/centre/reports/messages/999999/resend", (Bad({}, "message_unknown", status=404),)),
    "people.make": Form(
        "administrator",
        "/centre/people",
        (
            *typed("name", "x", "Two Words", MARKUP, "console", LONG, code="account_name_invalid", display="هاني"),
            *typed("name", "clerk", code="account_name_taken", display="هاني"),
            *typed("display", " ", "س" * 101, "a\u202eb", code="display_invalid", name="hany"),
        ),
    ),
    "people.roles": Form(
        "administrator",
        "/centre/people/clerk/roles",
        (
            Bad({"role": "MN1 king"}, "role_unknown"),
            Bad({"role": "nonsense"}, "role_unknown"),
            Bad({"role": "MN1 "}, "role_unknown"),
            Bad({"role": f"{MARKUP} clerk"}, "authority_unknown"),
            Bad({"role": "SHQ clerk"}, "grant_refused"),
        ),
    ),
    "people.confirm": Form(
        "administrator", "/centre/people/clerk/confirm", tuple(Bad({"enrolment": code}, "confirm_refused") for code in ("", "222222", LONG))
    ),
    "people.confirm_role": Form(
        "administrator",
        "/centre/people/clerk/roles/confirm",
        tuple(Bad({"given": what}, "confirm_refused") for what in ("", "MN1:clerk", LONG)),
    ),
    "people.confirm_identity": Form(
        "administrator", "/centre/people/clerk/identity/confirm", (Bad({"subject": "x"}, "not_found", status=404),)
    ),
    "people.invite": Form("administrator", "/centre/people/nobody/invite", (Bad({}, "account_unknown", status=404),)),
    "people.close": Form("administrator", "/centre/people/administrator/close", (Bad({}, "grant_refused"),)),
    # Without a provider of accounts they are not there; tests/office/desk/test_oidc.py has one.
    "people.tie": Form("administrator", "/centre/people/clerk/tie", (Bad({"subject": "x"}, "not_found", status=404),)),
    "people.untie": Form("administrator", "/centre/people/clerk/untie", (Bad({"subject": "x"}, "not_found", status=404),)),
}
#: Forms whose wishes are in the address: searches and the days of reports.
ASKING: dict[str, Form] = {
    "work.list_": Form("clerk", "/centre/", typed("q", LONG, code="field_too_long")),
    "work.licenses": Form("clerk", "/centre/licenses", typed("q", LONG, code="field_too_long")),
    "till.open_": Form(
        "cashier",
        "/centre/till",
        tuple(
            Bad({"number": number}, "application_unknown", "number", 404)
            for number in ("nonsense", MARKUP, LONG, "APP-MN1-2026-999999-0", "{foreign}")
        ),
    ),
    "money.waiting": Form("manager", "/centre/money", typed("day", "soon", MARKUP, LONG, "2026-02-30", code="date_invalid")),
    "reports.cash": Form("manager", "/centre/reports/cash", typed("day", "soon", MARKUP, LONG, "2026-02-30", code="date_invalid")),
    "reports.revenue": Form("manager", "/centre/reports/revenue", typed("since", "soon", MARKUP, LONG, code="date_invalid")),
    "reports.messages": Form("manager", "/centre/reports/messages", typed("day", "0001-01-01", "9999-12-31", code="day_out_of_range")),
    "reports.overview": Form(
        "manager",
        "/centre/reports",
        (*typed("since", "soon", code="date_invalid"), *typed("since", "2026-11-24", code="period_invalid", until="2026-11-01")),
    ),
}
MACHINES = {"gateway.receipt", "van_api.enrol", "van_api.parcel"}
#: What a passkey signs cannot be typed (test_passkeys.py, test_approvals.py), nor has a decision on a request words of its own
#: (test_access.py, tests/issuer/test_approving.py).
SIGNED = {
    *("passkeys.enrol", "passkeys.rename", "passkeys.remove", "people.confirm_passkey", "people.withdraw_passkey", "people.contact"),
    *("people.sign_for", "requests.decide"),
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, unlocked: Keys) -> Iterator[Full]:
    folder = tmp_path_factory.mktemp("town")
    made, clerk, _ = unlocked
    keyring.make(folder / "applicants.keys", day="2026-11-24")
    home = offices.furnish(folder / "office", made, str(folder / "r.sqlite")).folder
    built = Full(home, str(folder / "r.sqlite"), clerk, applicants=folder / "applicants.keys")
    built.furnish()
    yield built
    built.close()


@pytest.fixture(autouse=True)
def patience(town: Full) -> Iterator[None]:
    """Nobody here waits for a lockout: that has tests of its own."""
    yield
    with town.context.engine.begin() as connection:
        connection.execute(text("DELETE FROM attempt"))


def send(town: Full, form: Form, bad: Bad, *, ask: bool = False, **more: object) -> TestResponse:
    who = town.visitors[form.who]
    sent = {name: town.path(value) if value == "{total}" else value for name, value in bad.sent.items()}
    if ask:
        return who.http.get(town.path(form.path), query_string=sent)
    data: dict[str, object] = {"form": who.csrf, **sent, **more}
    if form.file:
        import io

        data["file"] = (io.BytesIO(form.file[0]), form.file[1])
    answer = who.http.post(town.path(form.path), data=data, content_type="multipart/form-data" if form.file else None)
    answer.request.input_stream.close()
    return answer


def values(page: HtmlElement, field: str) -> set[str]:
    """What a page holds in a field: typed, chosen or ticked."""
    found = set()
    for element in page.xpath(f"//*[@name='{field}'] | //*[@id='{field}' and not(@name)]"):
        if element.tag == "textarea":
            found.add((element.text or "").removeprefix("\n"))
        elif element.tag == "select":
            found |= {option.get("value", option.text) for option in element.xpath(".//option[@selected]")}
        elif element.get("type") in ("radio", "checkbox"):
            found |= {element.get("value")} if "checked" in element.attrib else set()
        else:
            found.add(element.get("value", ""))
    return found


def choices(page: HtmlElement, field: str) -> bool:
    """Whether a field can only be chosen: what is none of its choices cannot be shown."""
    kinds = page.xpath(f"//select[@name='{field}'] | //input[@name='{field}' and (@type='radio' or @type='checkbox' or @type='hidden')]")
    return bool(kinds)


def said(code: str, element: HtmlElement) -> bool:
    """Whether the sentence of a code is there; accounts have another one for an authority that nobody knows."""
    own = sentences.SENTENCES.get(code) or core.SENTENCES.get(code) or words.TABLE[code]
    return words.say(code, "ar") in element.text_content() or own["ar"] in element.text_content()


def check_refusal(answer: TestResponse, form: Form, bad: Bad) -> None:
    assert answer.status_code == bad.status, f"{answer.status_code}\n{answer.text}"
    if not bad.code:
        return
    page = lxml.html.fromstring(answer.text)
    codes = set(page.xpath("//*[@data-code]/@data-code"))
    assert bad.code in codes, codes
    assert said(bad.code, page), "a sentence, not a code"
    assert "<script>alert" not in answer.text
    if bad.field:
        wrong = page.xpath(f"//*[(@name='{bad.field}' or @id='{bad.field}') and @aria-invalid='true']")
        assert wrong, f"{bad.field} is not marked"
        told = [page.get_element_by_id(id_) for id_ in wrong[0].get("aria-describedby", "").split()]
        assert any(said(bad.code, each) for each in told), "said beside the field"
    if bad.field:
        for name, value in bad.sent.items():
            if name not in form.secret and not choices(page, name) and value.strip() and "{" not in value:
                assert value in values(page, name), name
        assert not any(PASSWORD in each for each in page.xpath("//@value"))


CASES = [pytest.param(form, bad, id=f"{name} {place}") for name, form in FORMS.items() for place, bad in enumerate(form.bad)]
QUESTIONS = [pytest.param(form, bad, id=f"{name} {place}") for name, form in ASKING.items() for place, bad in enumerate(form.bad)]


@pytest.mark.parametrize(("form", "bad"), CASES)
def test_bad_input_is_refused_beside_its_field_and_stays(town: Full, form: Form, bad: Bad) -> None:
    check_refusal(send(town, form, bad), form, bad)


@pytest.mark.parametrize(("form", "bad"), QUESTIONS)
def test_a_question_that_makes_no_sense_is_said_beside_its_field_and_stays(town: Full, form: Form, bad: Bad) -> None:
    check_refusal(send(town, form, bad, ask=True), form, bad)


@pytest.mark.parametrize(("form", "bad"), [pytest.param(form, form.bad[0], id=name) for name, form in FORMS.items()])
def test_a_wrong_form_token_is_refused_and_what_our_own_page_sent_is_offered_again(town: Full, form: Form, bad: Bad) -> None:
    who = town.visitors[form.who]
    if form.file or form.path == "/notice":
        return  # what becomes of files has a test of its own; a notice may be asked about from the public page of its code
    sent = {**bad.sent, **dict.fromkeys(form.secret, "a secret of theirs"), "form": "0" * 64}
    if who.csrf == "":
        foreign = who.http.post(town.path(form.path), data=sent, headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403 and 'data-code="forged"' in foreign.text
        return
    for site in ({}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        elsewhere = who.http.post(town.path(form.path), data=sent, headers=site)
        assert elsewhere.status_code == 403 and 'id="resume"' not in elsewhere.text, f"{site}: what another site chose is not offered"
    answer = who.http.post(town.path(form.path), data=sent, headers=OURS)
    assert answer.status_code == 403 and 'data-code="forged"' in answer.text
    if form.secret:
        assert "a secret of theirs" not in answer.text and 'id="resume"' not in answer.text, "no page repeats it"
        return
    page = lxml.html.fromstring(answer.text)
    offered = kept(page)
    assert offered == {**bad.sent, "form": who.csrf}


def kept(page: HtmlElement) -> dict[str, str]:
    """The fields of the page that offers to send once more."""
    form = page.get_element_by_id("resume")
    areas = {each.get("name"): (each.text or "").removeprefix("\n") for each in form.xpath(".//textarea")}
    return areas | {each.get("name"): each.get("value", "") for each in form.xpath(".//input")}


def test_a_password_that_came_with_an_old_form_is_not_repeated(town: Full) -> None:
    """Somebody who is signed in by now sends the door's form of before."""
    sent = {"form": "", "name": "clerk", "password": "a secret of theirs"}
    answer = town.visitors["clerk"].http.post("/centre/sign-in", data=sent, headers=OURS)
    assert answer.status_code == 403 and "a secret of theirs" not in answer.text


@pytest.mark.parametrize(
    ("who", "realm", "path", "sent"),
    [
        ("citizen", "citizen", "/apply/{draft}/details", {"trade_name": "اسم\nطويل <b>", "holder": "سامي"}),
        ("citizen", "citizen", "/applications/{rejected}/do/object", {"reason": "الموقع\r\nخالٍ"}),
        ("reviewer", "staff", "/centre/applications/{review}/do/return", {"reason": "الصورة غير واضحة"}),
        ("clerk", "staff", "/centre/apply/{counter}/details", {"trade_name": "مخبز آخر"}),
        ("administrator", "staff", "/centre/people", {"name": "nadia", "display": "نادية"}),
    ],
)
def test_what_was_typed_outlives_the_session(town: Full, who: str, realm: str, path: str, sent: dict[str, str]) -> None:
    """The session ends, the form is sent, one signs in in another window, and sends the same again."""
    then, visitor = town.now, Visitor(town)
    cookie = town.visitors[who].http.get_cookie(f"khatm_{realm}")
    assert cookie
    visitor.http.set_cookie(f"khatm_{realm}", cookie.value)
    try:
        town.now += 25 * 3600
        page = visitor.http.post(town.path(path), data={"form": town.visitors[who].csrf, **sent}, headers=OURS)
        assert page.status_code == 403 and 'data-code="signed_out"' in page.text
        offered = kept(lxml.html.fromstring(page.text))
        assert {name: offered[name].replace("\r\n", "\n") for name in sent} == {n: v.replace("\r\n", "\n") for n, v in sent.items()}
        assert "<b>" not in page.text.split("<main")[1]
        again = town.citizen(1) if realm == "citizen" else town.staff(who, ("MN1", who))
        second = again.http.post(town.path(path), data=offered, headers=OURS)  # its token is that of the old session
        assert second.status_code == 403
        offered = kept(lxml.html.fromstring(second.text))
        third = again.http.post(town.path(path), data=offered, headers=OURS)
        assert third.status_code in (200, 303, 422), third.text
        found = third.text
        if third.status_code == 303:  # a step of a form is gone on from: it is there where it was typed
            found = again.get(town.path(path) if path.endswith("/details") else third.location).text
        assert next(iter(sent.values())).split()[0] in found
    finally:
        town.now = then


def rejected(town: Full) -> str:
    """A citizen's application that was rejected; nobody has objected yet."""
    number = town.work.submitted("shop.first", town.shop(), actor=town.actor_of(1))
    town.work.pay(number)
    town.work.do("reject", number, reason="الموقع مشغول")
    return number


@pytest.mark.parametrize(("reason", "code"), [("الموقع خالٍ", "document_empty"), (" ", "choose_again")])
def test_whoever_chose_a_file_is_told_to_choose_it_again(town: Full, reason: str, code: str) -> None:
    """The file is empty, or it is good and something else is wrong: browsers keep none with a page."""
    file = b"" if code == "document_empty" else pdf()
    form = Form("citizen", f"/applications/{rejected(town)}/do/object", (), file=(file, "a.pdf"))
    answer = send(town, form, Bad({"reason": reason}, code))
    assert answer.status_code == 422
    page = lxml.html.fromstring(answer.text)
    assert said(code, page.xpath("//*[@id='file']/..")[0])


def test_an_objection_with_a_document_is_decided_with_it(town: Full) -> None:
    """From the citizen's form to the manager's download, under a name of ours."""
    import io

    number = rejected(town)
    data = {"form": town.visitors["citizen"].csrf, "reason": "الموقع خالٍ", "file": (io.BytesIO(pdf()), "receipt.pdf.hta")}
    assert town.visitors["citizen"].http.post(f"/applications/{number}/do/object", data=data).status_code == 303
    for who, base in (("citizen", "/applications/"), ("manager", "/centre/applications/")):
        page = lxml.html.fromstring(town.visitors[who].http.get(f"{base}{number}").text)
        (link,) = page.xpath("//a[contains(., 'receipt.pdf.hta')]/@href")
        answer = town.visitors[who].http.get(link)
        assert (answer.data, answer.mimetype) == (pdf(), "application/pdf")
        assert answer.headers["Content-Disposition"] == f"attachment; filename=objection-{link.rpartition('/')[2]}.pdf"


def test_an_objection_that_was_sent_too_late_keeps_its_words_and_asks_for_the_file(town: Full) -> None:
    import io

    data = {"reason": "الموقع خالٍ", "file": (io.BytesIO(pdf()), "a.pdf")}
    answer = Visitor(town).http.post(town.path("/applications/{rejected}/do/object"), data=data, headers=OURS)
    page = lxml.html.fromstring(answer.text)
    assert answer.status_code == 403 and kept(page)["reason"] == "الموقع خالٍ"
    form = page.get_element_by_id("resume")
    assert form.get("enctype") == "multipart/form-data" and form.xpath(".//input[@type='file' and @name='file']")
    assert words.say("resume_choose", "ar") in form.text_content()


def test_a_file_that_was_sent_too_late_is_asked_for_again(town: Full) -> None:
    import io

    visitor = Visitor(town)
    page = town.path("http://localhost/apply/{draft}/documents")
    headers = {**OURS, "Referer": page}
    data = {"code": "identity", "file": (io.BytesIO(pdf()), "identity.pdf")}
    answer = visitor.http.post(town.path("/apply/{draft}/attach"), data=data, headers=headers)
    assert answer.status_code == 403
    told = lxml.html.fromstring(answer.text)
    assert words.say("resume_file", "ar") in told.text_content()
    assert town.path("/apply/{draft}/documents") in told.xpath("//main//a/@href")
    assert town.path("/sign-in?next=%2Fapply%2F{draft}%2Fdocuments") in told.xpath("//main//a/@href")


def test_every_form_is_tried(town: Full) -> None:
    """Whatever a page can send has a line, and each part of a form that is several."""
    routes = {rule.endpoint for rule in town.app.url_map.iter_rules() if "POST" in (rule.methods or set())}
    tried = {name.split(" ")[0] for name in FORMS}
    asked = routes - {*access.OPTIONAL, *MACHINES, *SIGNED}
    assert (asked - tried, tried - asked) == (set(), set())
    for name, form in FORMS.items():
        endpoint, _ = town.app.url_map.bind("").match(town.path(form.path), method="POST")
        assert endpoint == name.split(" ")[0]


UNTYPED = ("/centre/?q=%00", "/centre/%00", "/centre/licenses?q=a%00b", "/centre/?lang=en&q=%00", "/k/%00", "/apply?type=%00")


@pytest.mark.parametrize("path", UNTYPED)
def test_what_nobody_types_is_refused(town: Full, path: str) -> None:
    visitor = town.visitors["clerk" if path.startswith("/centre") else "citizen"]
    assert visitor.http.get(path).status_code in (302, 400, 404)


@pytest.mark.parametrize("number", ["99999999999999999999999", "-1", "²", "1" * 300])
def test_rows_that_no_database_has(town: Full, number: str) -> None:
    for path in (f"/apply/{{draft}}/attached/{number}", f"/applications/{{own}}/documents/{number}"):
        assert town.ask("citizen", f"GET {path}")[0] == 404
    for version in (number, "9" * 5000):
        assert town.ask("citizen", "POST /apply/{draft}/send", version=version)[0] == 409
        assert town.ask("reviewer", "POST /centre/applications/{review}/do/return", version=version, reason="")[0] in (409, 422)
    assert town.ask("manager", f"POST /centre/reports/messages/{number}/resend")[0] == 404


def test_the_last_step_is_no_form(town: Full) -> None:
    assert town.ask("citizen", "POST /apply/{draft}/check")[0] == 405
    assert town.ask("citizen", "GET /apply/{draft}/nonsense")[0] == 404


def test_the_other_language_is_one_tap_away_from_a_refusal(town: Full) -> None:
    """The page of a refused form has no address of its own; the link leads to where the form is."""
    refused = {
        ("citizen", "/applications/{rejected}/do/object", "/applications/{rejected}"),
        ("citizen", "/apply/{draft}/attach", "/apply/{draft}/documents"),
        ("administrator", "/centre/people/clerk/roles", "/centre/people/clerk"),
    }
    for who, path, page in refused:
        visitor = town.visitors[who]
        referred = {"Referer": f"http://localhost{town.path(page)}"}
        data = {"form": visitor.csrf, "reason": "", "code": "identity", "role": "x", "trade_name": ""}
        answer = visitor.http.post(town.path(path), data=data, headers=referred)
        (link,) = lxml.html.fromstring(answer.text).xpath("//a[@class='switch']/@href")
        assert link.split("?")[0] == town.path(page)
        english = visitor.http.get(link, follow_redirects=True)
        assert english.status_code == 200 and '<html lang="en"' in english.text
        visitor.http.delete_cookie("khatm_language")


@pytest.mark.parametrize(("who", "draft"), [("citizen", "/apply/{draft}"), ("clerk", "/centre/apply/{counter}")])
def test_a_step_s_other_language_is_a_button_of_its_form_that_keeps_what_was_typed(town: Full, who: str, draft: str) -> None:
    visitor, path = town.visitors[who], town.path(f"{draft}/details")
    refused = visitor.http.post(path, data={"form": visitor.csrf, "trade_name": "", "holder": "ليلى"}, headers=OURS)
    assert refused.status_code == 422
    page = lxml.html.fromstring(refused.text)
    (button,) = page.xpath("//button[@class='switch']")
    assert page.get_element_by_id(button.get("form")).get("action") == path
    sent = {"form": visitor.csrf, "trade_name": "", "holder": "ليلى عمر", button.get("name"): button.get("value")}
    try:
        english = visitor.http.post(path, data=sent, headers=OURS, follow_redirects=True)
        assert english.status_code == 200 and '<html lang="en"' in english.text and english.request.path == path
        assert lxml.html.fromstring(english.text).get_element_by_id("holder").get("value") == "ليلى عمر"
    finally:
        visitor.http.delete_cookie("khatm_language")


def test_the_code_s_page_changes_its_language_without_losing_the_number(town: Full) -> None:
    visitor = Visitor(town)
    visitor.post("/sign-in", 200, mobile=mobile(8))
    page = visitor.post("/sign-in/code", 200, mobile=f"+2{mobile(8)}", next="/apply", lang="en")
    assert '<html lang="en"' in page.text and mobile(8)[-3:] in page.text
    assert re.search(r'name="next" value="/apply"', page.text)
    assert '<html lang="en"' in visitor.get("/").text, "and it stays"


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, PARTS))])
def test_a_form_is_as_polite_on_postgresql(tmp_path: Path, unlocked: Keys, postgres_database: str, part: int) -> None:
    """What one database would swallow and the other not: no refusal here is a fault of the database. Each run tries a part of each form."""
    made, clerk, _ = unlocked
    keyring.make(tmp_path / "applicants.keys", day="2026-11-24")
    home = offices.furnish(tmp_path / "office", made, postgres_database).folder
    built = Full(home, postgres_database, clerk, applicants=tmp_path / "applicants.keys")
    built.furnish()
    try:
        for form in FORMS.values():
            for bad in form.bad[part::PARTS]:
                answer = send(built, form, bad)
                assert answer.status_code == bad.status, (form.path, bad, answer.text)
                nul = {name: f"{value}\0" for name, value in bad.sent.items()}
                assert send(built, form, Bad(nul, "")).status_code < 500, (form.path, bad)
                with built.context.engine.begin() as connection:
                    connection.execute(text("DELETE FROM attempt"))
        for form in ASKING.values():
            for bad in form.bad[part::PARTS]:
                assert send(built, form, bad, ask=True).status_code == bad.status
    finally:
        built.close()
