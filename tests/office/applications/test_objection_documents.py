"""An objection takes a document: kept with the application, read by whoever decides, bounded and judged like every other."""

from __future__ import annotations

import os

import pytest

from issuer.errors import IssuerError
from office.applications import attaching, documents, retention
from office.applications.attaching import Attachment, Upload
from office.applications.context import UnitOfWork
from office.applications.errors import ApplicationError, DocumentError
from office.database import OFFICE
from office.services.errors import MoveError
from storage.differences import of_chain
from tests.office.applications.workplace import CITIZEN, DAY, ELSEWHERE, MANAGER, NOW, REVIEWER, STRANGER, Workplace, pdf, shop
from tests.qr import phone
from tests.revisions import move


def rejected(here: Workplace) -> str:
    number = here.submitted("shop.first", shop())
    here.pay(number)
    here.do("reject", number, reason="الموقع مشغول")
    return number


def objected(here: Workplace, content: bytes = b"", filename: str = "C:\\x\\معاينة.pdf.hta") -> tuple[str, Attachment]:
    number = rejected(here)
    here.do("object_", number, actor=CITIZEN, reason="الموقع خالٍ", document=Upload(content or pdf(), filename))
    (objection,) = here.show(number).objections
    assert objection.document is not None
    return number, objection.document


def test_whoever_decides_reads_it_and_it_is_no_document_of_the_form(here: Workplace) -> None:
    photo = phone.noisy((640, 480), seed=3, quality=85)
    number, kept = objected(here, photo, "photo.jpg")
    assert (kept.code, kept.media, kept.filename) == ("objection", "image/jpeg", "photo.jpg")
    shown = here.show(number, actor=MANAGER)
    assert kept not in shown.attachments
    with here.engine.connect() as connection:
        for actor in (MANAGER, REVIEWER, CITIZEN):
            found = attaching.find(connection, number, kept.id, actor=actor)
            content = here.office.store.get(found.digest)
            assert found == kept and documents.parse(content).media == "image/jpeg"
        for actor in (STRANGER, ELSEWHERE):
            with pytest.raises(ApplicationError) as refused:
                attaching.find(connection, number, kept.id, actor=actor)
            assert refused.value.code == "application_unknown"
    here.do("decide", number, actor=MANAGER, upheld=False, reason="لا جديد")
    (objection,) = here.show(number).objections
    assert (objection.upheld, objection.document) == (False, kept), "it stays after the decision"


def test_it_needs_none_and_each_objection_has_its_own(here: Workplace) -> None:
    number = rejected(here)
    here.do("object_", number, actor=CITIZEN, reason="أول", document=None)
    here.do("decide", number, actor=MANAGER, upheld=True, reason="يُعاد النظر")
    here.do("reject", number, reason="الموقع مشغول فعلًا")
    here.do("object_", number, actor=CITIZEN, reason="ثانٍ", document=Upload(pdf(), "a.pdf"))
    first, second = here.show(number).objections
    assert first.document is None
    assert second.document is not None and second.document.filename == "a.pdf"


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "document_empty"), (b"<svg onload=alert(1)>", "document_type"), (b"\xff\xd8\xff cut", "document_broken")]
)
def test_a_file_that_is_not_taken_leaves_everything_as_it_was(here: Workplace, content: bytes, code: str) -> None:
    number = rejected(here)
    before = here.show(number)
    with pytest.raises(DocumentError) as refused:
        here.do("object_", number, actor=CITIZEN, reason="الموقع خالٍ", document=Upload(content, "x.pdf"))
    assert refused.value.code == code
    assert here.show(number) == before
    here.do("object_", number, actor=CITIZEN, reason="الموقع خالٍ", document=Upload(pdf(), "x.pdf"))


def test_whoever_may_not_object_has_no_file_looked_at(here: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    number = here.submitted("shop.first", shop())
    monkeypatch.setattr(documents, "parse", lambda content: pytest.fail("it was parsed"))
    for actor, code in ((STRANGER, "application_unknown"), (CITIZEN, "action_refused")):
        with pytest.raises(IssuerError) as refused:
            here.do("object_", number, actor=actor, reason="x", document=Upload(pdf(), "x.pdf"))
        assert refused.value.code == code
    here.pay(number)
    here.do("reject", number, reason="x")
    with pytest.raises(MoveError) as missing:
        here.do("object_", number, actor=CITIZEN, reason=" ", document=Upload(pdf(), "x.pdf"))
    assert missing.value.code == "reason_missing"


def test_it_cannot_be_taken_back_and_no_sweep_takes_it(here: Workplace) -> None:
    number, kept = objected(here)
    here.do("decide", number, actor=MANAGER, upheld=True, reason="يُعاد النظر")
    here.do("return_", number, reason="صورة العقد غير واضحة")
    with here.engine.begin() as connection, pytest.raises(DocumentError) as refused:
        attaching.detach(UnitOfWork(connection, here.office, CITIZEN, NOW), number, kept.id)
    assert refused.value.code == "document_unknown"
    for path in (here.folder / "documents").glob("*/*"):
        os.utime(path, (NOW - 9 * DAY, NOW - 9 * DAY))
    retention.sweep(here.engine, here.office.store, now=NOW)
    with here.engine.connect() as connection:
        found = attaching.find(connection, number, kept.id, actor=MANAGER)
        assert here.office.store.get(found.digest) == pdf()


def test_documents_of_a_register_from_before_stay(here: Workplace) -> None:
    """The revision that adds the objection's document makes the table anew on SQLite: nothing in it is lost, forth or back."""
    number, kept = objected(here)
    before = here.show(number).attachments
    move(here.engine, OFFICE, "office_0010", "head")
    shown = here.show(number)
    assert len(before) > 3 and shown.attachments == (*before, kept), "whose objection it came with is forgotten, the document is not"
    with here.engine.connect() as connection:
        assert of_chain(OFFICE, connection) == []
