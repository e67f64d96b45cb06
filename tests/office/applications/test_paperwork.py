"""Documents one by one: accepted and locked, returned with a reason and replaced, and what an attacker or a second reviewer would try."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from issuer.errors import IssuerError
from office.applications import deadlines, drafts, records
from office.applications.actors import SYSTEM, Actor
from office.applications.attaching import Upload, attach, attached, detach
from office.applications.context import UnitOfWork
from office.applications.errors import RefusedError
from office.applications.paperwork import papers
from office.applications.paperwork.papers import Paper, Papers
from office.applications.paperwork.tables import judgements
from office.applications.tables import applications, attachments
from office.messages.tables import messages
from office.services.errors import MoveError
from tests.office.applications.workplace import (
    CITIZEN,
    CLERK,
    ELSEWHERE,
    GOVERNOR,
    MANAGER,
    NOW,
    REVIEWER,
    STRANGER,
    Workplace,
    shop,
    staff,
)

OTHER = staff("12", "reviewer")


def photograph(colour: str = "navy") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(written, "PNG")
    return written.getvalue()


def review(here: Workplace, **fields: str) -> str:
    """The number of a paid application of five documents."""
    number = here.submitted("shop.first", shop(**fields))
    here.pay(number)
    return number


def held(here: Workplace, number: str, actor: Actor = REVIEWER) -> Papers:
    with here.engine.connect() as connection:
        return papers.of(connection, here.office, number, actor=actor)


def one(here: Workplace, number: str, code: str, actor: Actor = REVIEWER) -> Paper:
    return next(each for each in held(here, number, actor).all if each.attachment.code == code)


def judge(here: Workplace, number: str, code: str, verdict: Any, *, actor: Actor = REVIEWER, **more: Any) -> None:
    id_ = one(here, number, code).attachment.id
    with here.engine.begin() as connection:
        papers.judge(UnitOfWork(connection, here.office, actor, NOW), number, id_, verdict, **more)


def put(here: Workplace, number: str, id_: int, *, actor: Actor = CITIZEN, content: bytes | None = None) -> None:
    with here.engine.begin() as connection:
        unit = UnitOfWork(connection, here.office, actor, NOW)
        papers.replace(unit, number, id_, Upload(photograph() if content is None else content, "../../etc/new.png"))


def refused(doing: Callable[[], object]) -> str:
    with pytest.raises(IssuerError) as error:
        doing()
    return error.value.code


def returned(here: Workplace, *codes: str, scope: str = "documents") -> str:
    """An application that came back for some documents, with its others accepted."""
    number = review(here)
    for each in held(here, number).all:
        code = each.attachment.code
        if code in codes:
            judge(here, number, code, "returned", ground="unreadable", words="الصفحة الثانية")
        else:
            judge(here, number, code, "accepted")
    here.do("return_", number, scope=scope)
    return number


def test_one_document_comes_back_and_that_one_alone_is_replaced(here: Workplace) -> None:
    number = returned(here, "tenure")
    shown = held(here, number, CITIZEN)
    assert {each.attachment.code: each.verdict for each in shown.all if each.verdict != "accepted"} == {"tenure": "returned"}
    (back,) = shown.returned
    assert back.judgement is not None
    assert (back.judgement.ground, back.judgement.words, back.judgement.by) == ("unreadable", "الصفحة الثانية", REVIEWER.key)
    assert shown.opened.replaceable == {back.attachment.id} and len(shown.opened.locked) == len(shown.all) - 1
    assert here.show(number, actor=CITIZEN).events[-1].reason == "documents_returned"
    with pytest.raises(RefusedError) as error:
        here.do("resubmit", number, actor=CITIZEN)
    assert [(each.field, each.code) for each in error.value.faults] == [("tenure", "document_to_replace")]

    put(here, number, back.attachment.id)
    put(here, number, one(here, number, "tenure", CITIZEN).attachment.id, content=photograph("teal"))  # the first was chosen by mistake
    new = one(here, number, "tenure", CITIZEN)
    assert (new.attachment.id > back.attachment.id, new.verdict, new.attachment.filename) == (True, "", "new.png")
    version = here.show(number).version
    here.do("resubmit", number, actor=CITIZEN, version=version)
    assert {each.attachment.code: each.verdict for each in held(here, number).all if each.verdict != "accepted"} == {"tenure": ""}
    judge(here, number, "tenure", "accepted")
    here.do("approve", number)
    assert here.state(number) == "approved"


def test_the_message_names_the_documents_and_nothing_that_somebody_wrote(here: Workplace) -> None:
    number = review(here)
    for code in ("tenure", "identity"):
        judge(here, number, code, "returned", words="https://evil.example/")
    here.do("return_", number, scope="documents", reason="http://evil.example")
    with here.engine.connect() as connection:
        text = connection.scalar(select(messages.c.text).where(messages.c.event.like(f"{number}/%/return")))
    assert text is not None and "صورة بطاقة الرقم القومي لمقدم الطلب، سند حيازة المكان" in text and "evil" not in text


@pytest.mark.parametrize("scope", ["documents", "form"])
def test_what_was_accepted_stays_as_it_is_whatever_is_sent(here: Workplace, scope: str) -> None:
    number = returned(here, "tenure", scope=scope)
    identity, tenure = (one(here, number, code).attachment.id for code in ("identity", "tenure"))
    before = held(here, number).all
    assert refused(lambda: put(here, number, identity)) == "document_accepted"
    with here.engine.connect() as connection:
        unit = UnitOfWork(connection, here.office, CITIZEN, NOW)
        assert refused(lambda: detach(unit, number, identity)) == "document_accepted"
        assert refused(lambda: attach(unit, number, "identity", content=photograph(), filename="x")) == "document_accepted"
        typing = lambda: drafts.update_fields(unit, number, {"trade_name": "اسم آخر"})  # noqa: E731
        if scope == "documents":
            assert refused(typing) == "form_locked"
            assert refused(lambda: attach(unit, number, "civil_defence", content=photograph(), filename="x")) == "form_locked"
            assert refused(lambda: detach(unit, number, tenure)) == "form_locked"
        else:
            typing()
    assert held(here, number).all == before


def test_only_the_applicant_and_a_clerk_replace_and_only_what_came_back(here: Workplace) -> None:
    number, other = returned(here, "tenure"), review(here, latitude="31.2790")
    id_ = one(here, number, "tenure").attachment.id
    assert refused(lambda: put(here, number, id_, actor=STRANGER)) == "application_unknown"
    assert refused(lambda: put(here, number, id_, actor=ELSEWHERE)) == "application_unknown"
    assert refused(lambda: put(here, number, id_, actor=REVIEWER)) == "action_refused"
    assert refused(lambda: put(here, other, one(here, other, "tenure").attachment.id)) == "action_refused"
    assert refused(lambda: put(here, number, one(here, other, "tenure").attachment.id)) == "document_unknown"
    for content, code in ((b"<svg xmlns='http://www.w3.org/2000/svg'/>", "document_type"), (b"", "document_empty")):
        assert refused(lambda content=content: put(here, number, id_, content=content)) == code  # type: ignore[misc]
    assert one(here, number, "tenure").verdict == "returned", "what was refused changed nothing"
    put(here, number, id_, actor=CLERK)
    assert refused(lambda: put(here, number, id_)) == "document_unknown", "a second tab finds that it was replaced"
    here.do("resubmit", number, actor=CLERK)
    assert held(here, number, CLERK).judge == "role_not_allowed"


@pytest.mark.parametrize(
    ("actor", "code"),
    [
        (CITIZEN, "role_not_allowed"),
        (STRANGER, "application_unknown"),
        (CLERK, "role_not_allowed"),
        (ELSEWHERE, "application_unknown"),
        (SYSTEM, "role_not_allowed"),
        (Actor("staff", "77", "سامي فؤاد حسن", {"MN1": frozenset({"reviewer"})}), "same_person"),  # of the holder's own name
    ],
)
def test_nobody_judges_who_may_not_decide(here: Workplace, actor: Actor, code: str) -> None:
    number = review(here)
    assert refused(lambda: judge(here, number, "tenure", "accepted", actor=actor)) == code
    assert held(here, number).unjudged == held(here, number).all


def test_who_entered_an_application_accepts_none_of_its_documents(here: Workplace) -> None:
    both = staff("31", "clerk", "reviewer")
    number = here.submitted("shop.first", shop() | {"authority": "MN1"}, actor=both)
    here.pay(number)
    assert refused(lambda: judge(here, number, "tenure", "accepted", actor=both)) == "same_person"
    for decider in (REVIEWER, MANAGER, GOVERNOR):
        judge(here, number, "tenure", "accepted", actor=decider)


def test_a_returned_document_needs_a_reason_that_is_there(here: Workplace) -> None:
    number = review(here)
    for more in ({}, {"words": " \n "}, {"ground": "nonsense"}, {"ground": "", "words": ""}):
        assert refused(lambda more=more: judge(here, number, "tenure", "returned", **more)) == "reason_missing"  # type: ignore[misc]
    judge(here, number, "tenure", "returned", ground="nonsense", words="بلا توقيع\0")
    said = one(here, number, "tenure").judgement
    assert said is not None and (said.ground, said.words) == ("", "بلا توقيع")


def test_of_two_reviewers_the_second_sees_what_the_first_said(here: Workplace) -> None:
    number = review(here)
    seen, version = one(here, number, "tenure").seen, here.show(number).version
    judge(here, number, "tenure", "returned", ground="outdated", seen=seen)
    assert refused(lambda: judge(here, number, "tenure", "accepted", actor=OTHER, seen=seen)) == "changed_meanwhile"
    judge(here, number, "identity", "accepted", actor=OTHER, seen=0)  # another document is no matter of the first's
    assert refused(lambda: here.do("approve", number, version=version)) == "document_returned"
    assert refused(lambda: here.do("reject", number, reason="x", version=version)) == "changed_meanwhile"
    judge(here, number, "tenure", "accepted", actor=OTHER, seen=one(here, number, "tenure").seen)
    with here.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(judgements)) == 3, "what was said is never overwritten"


def test_reviewers_at_the_same_moment_lose_nothing(here: Workplace) -> None:
    number = review(here)
    codes = [each.attachment.code for each in held(here, number).all][:4]
    version, start = here.show(number).version, Barrier(len(codes))

    def do(code: str) -> None:
        start.wait()
        judge(here, number, code, "accepted", seen=0)

    threads = [Thread(target=do, args=(code,)) for code in codes]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(each.verdict == "accepted" for each in held(here, number).all) == len(codes)
    assert here.show(number).version == version + len(codes)


def test_until_it_comes_back_an_applicant_reads_no_judgement(here: Workplace) -> None:
    number = review(here)
    judge(here, number, "tenure", "returned", words="مبدئي")
    assert {each.verdict for each in held(here, number, CITIZEN).all} == {""}
    assert refused(lambda: here.do("return_", review(here, latitude="31.2792"), scope="documents")) == "no_document_returned"


def test_a_required_document_that_was_returned_stops_approval_also_by_silence(here: Workplace) -> None:
    number = review(here)
    judge(here, number, "tenure", "returned", ground="differs")
    assert refused(lambda: here.do("approve", number)) == "document_returned"
    code, service = "shop.first", here.office.service("shop.first")
    limit = service.deadlines["under_review"]._replace(then="approve")
    silent = service._replace(deadlines={**service.deadlines, "under_review": limit})
    services = here.office.services._replace(services={**here.office.services.services, code: silent})
    with here.engine.begin() as connection:
        connection.execute(applications.update().values(due_at=NOW))
    assert deadlines.run(here.engine, here.office._replace(services=services), now=NOW + 1) == {"escalate": 1}
    judge(here, number, "tenure", "accepted")
    here.do("approve", number)


def test_an_optional_document_that_was_returned_stops_nothing(here: Workplace) -> None:
    key = here.draft("shop.first", shop())
    with here.engine.begin() as connection:
        attach(UnitOfWork(connection, here.office, CITIZEN, NOW), key, "civil_defence", content=photograph(), filename="x.png")
    number = here.submit(key)
    here.pay(number)
    judge(here, number, "civil_defence", "returned", ground="outdated")
    here.do("approve", number)


def test_a_service_may_want_each_required_document_accepted(here: Workplace) -> None:
    service = here.office.service("shop.first")._replace(documents_accepted=True)
    services = here.office.services._replace(services={**here.office.services.services, service.code: service})
    strict = replace(here, office=here.office._replace(services=services))
    number = review(strict)
    first, *others = [each.attachment.code for each in held(strict, number).all]
    for code in others:
        judge(strict, number, code, "accepted")
    assert refused(lambda: strict.do("approve", number)) == "document_not_accepted"
    judge(strict, number, first, "accepted")
    strict.do("approve", number)


def test_an_application_of_before_has_no_judgements_and_is_as_it_was(here: Workplace) -> None:
    number = review(here)
    here.do("return_", number, reason="العنوان ناقص")
    assert held(here, number, CITIZEN).opened.form
    with here.engine.begin() as connection:
        unit = UnitOfWork(connection, here.office, CITIZEN, NOW)
        drafts.update_fields(unit, number, {"address": "شارع 12، عقار 7، الدور الأول"})
        first = attached(connection, records.find(connection, number, actor=CITIZEN).id)[0]
        detach(unit, number, first.id)
        attach(unit, number, first.code, content=photograph(), filename="y.png")
    here.do("resubmit", number, actor=CITIZEN)
    here.do("approve", number)


def test_a_judgement_is_of_the_very_file(here: Workplace) -> None:
    """Whoever changes the row of a file, past the programs, finds it unjudged."""
    number = review(here)
    judge(here, number, "tenure", "accepted")
    id_ = one(here, number, "tenure").attachment.id
    with here.engine.begin() as connection:
        connection.execute(attachments.update().where(attachments.c.id == id_).values(digest=bytes(32)))
    assert one(here, number, "tenure").verdict == ""
    with pytest.raises(MoveError):
        judge(here, number, "tenure", "returned")
