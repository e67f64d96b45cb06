"""An office whose documents lie in a bucket of a real store: what citizens upload, and what a store that fails costs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner
from sqlalchemy import select

import khatm
from objects import checking, copying, naming
from objects.errors import ObjectsError
from office.applications import attaching, retention
from office.applications.context import UnitOfWork
from office.applications.documents import Store
from office.applications.errors import DocumentError
from office.applications.retention import DAY_SECONDS, Kept
from office.applications.tables import attachments
from office.desk import words
from tests.issuer import offices
from tests.objects.conftest import bucket, swift, way
from tests.objects.swift_store import SLOW_DOWN, Swift, Way, client
from tests.office.applications.conftest import Keys
from tests.office.applications.workplace import CITIZEN, NOW, pdf, shop
from tests.office.desk.house import House, Visitor, faults
from tests.office.desk.test_portal import begin, fill
from web import clock

__all__ = ["bucket", "swift", "way"]


@pytest.fixture
def remote(tmp_path: Path, unlocked: Keys, swift: Swift, bucket: str, way: Way) -> Iterator[House]:
    """A web office whose documents are behind a way that can be spoilt."""
    made, clerk, _ = unlocked
    place = swift.settings(tmp_path / "store", bucket, prefix="office", port=way.port, seconds=1)
    furnished = offices.furnish(tmp_path / "office", made, str(tmp_path / "register.sqlite"))
    house = House(furnished.folder, str(tmp_path / "register.sqlite"), clerk, documents=place)
    impatient(house.context.store)
    impatient(house.work.office.store)
    yield house
    house.close()


def impatient(store: Store) -> None:
    """Let it ask again at once where the store did not answer: tests/objects holds that it waits."""
    store._objects._rest = 0  # type: ignore[attr-defined]


def named(house: House) -> list[bytes]:
    with house.context.engine.connect() as connection:
        return [bytes(each) for each in connection.scalars(select(attachments.c.digest).order_by(attachments.c.id))]


def due(digest: bytes, *, days: int) -> int:
    """An hour of the day in so many days at which the part of a bucket is swept that this digest is in."""
    return (clock.seconds() // DAY_SECONDS + days) * DAY_SECONDS + naming.PARTS.index(digest.hex()[:2]) % 24 * 3600


def drafted(house: House) -> tuple[Visitor, str]:
    mona = house.citizen()
    draft = begin(mona)
    mona.post(f"{draft}/details", 303, **{name: text for name, text in shop().items() if name not in ("latitude", "longitude", "radius_m")})
    return mona, draft


def test_a_whole_application_with_its_documents_in_a_bucket(remote: House, swift: Swift, bucket: str) -> None:
    mona = remote.citizen()
    draft = begin(mona)
    fill(mona, draft, shop())
    page = mona.get(f"{draft}/check")
    number = mona.post(f"{draft}/send", 303, version=re.findall(r'name="version" value="(\d+)"', page.text)[0]).location.rpartition("/")[2]
    listed = client(swift.where(bucket)).list_objects_v2(Bucket=bucket)["Contents"]
    assert {each["Key"] for each in listed} == {f"office/{naming.DOCUMENTS.name(digest)}" for digest in named(remote)}
    link = re.findall(rf'"(/applications/{number}/documents/\d+)', mona.get(f"/applications/{number}").text)[0]
    assert mona.get(link).data == pdf()
    sami = remote.staff("sami", ("MN1", "reviewer"))
    assert sami.get(f"/centre{link}/pages/1.jpg").mimetype == "image/jpeg"


@pytest.mark.parametrize("mode", [SLOW_DOWN, "hang"])
def test_a_citizen_whose_upload_the_store_does_not_take_is_told_and_loses_nothing(remote: House, way: Way, mode: str) -> None:
    mona, draft = drafted(remote)
    way.mode = mode
    page = mona.post(f"{draft}/attach", 503, code="identity", file=(pdf(), "بطاقة.pdf"))
    assert faults(page.text) == {"store_unreachable"}
    assert "مخزن الملفات لا يجيب الآن" in page.text and "The store of files does not answer" not in page.text
    assert named(remote) == []
    assert "مخبز الأمل" in mona.get(f"{draft}/details").text, "what was typed"
    way.mode = "through"
    mona.post(f"{draft}/attach", 303, code="identity", file=(pdf(), "بطاقة.pdf"))
    assert len(named(remote)) == 1


def test_an_hour_without_the_store_stops_nothing_but_documents(remote: House, way: Way) -> None:
    mona, draft = drafted(remote)
    mona.post(f"{draft}/attach", 303, code="identity", file=(pdf(), "a.pdf"))
    way.mode = SLOW_DOWN
    link = re.findall(rf'"({draft}/attached/\d+)"', mona.get(f"{draft}/documents").text)[0]
    answer = mona.get(link, 503)
    assert "store_unreachable" in answer.text or "مخزن الملفات" in answer.text
    assert answer.headers["Retry-After"]
    assert "لم يُحفظ هذا الملف" not in answer.text, "whoever only opens one is not told that it was lost"
    assert words.say("try_again", "ar") in answer.text and 'href=""' in answer.text
    mona.post(f"{draft}/details", trade_name="اسم آخر")
    assert remote.client().get("/health/ready").status_code in (200, 404)
    swept = retention.sweep(remote.context.engine, remote.context.store, now=NOW)
    assert swept["store_unreachable"] == 1, "told, and the rest was done"
    way.mode = "through"
    assert mona.get(link).data == pdf()
    assert "اسم آخر" in mona.get(f"{draft}/details").text


def test_while_the_store_is_slow_others_work_on(remote: House, way: Way) -> None:
    """On SQLite a transaction that waited for the store would stop every other one."""
    mona, draft = drafted(remote)
    way.mode, done = "hang", list[int]()
    waiting = Thread(
        target=lambda: done.append(
            mona.http.post(f"{draft}/attach", data={"form": mona.csrf, "code": "identity", "file": _file()}).status_code
        )
    )
    waiting.start()
    end = time.monotonic() + 60
    while not way.spoilt:
        assert time.monotonic() < end
        time.sleep(0.01)
    other = remote.citizen(2)
    begin(other)
    assert not done, "somebody else came in and began an application meanwhile"
    waiting.join()
    assert done == [503]


def _file() -> tuple[object, str]:
    import io

    return io.BytesIO(pdf()), "a.pdf"


def test_who_exchanges_a_document_in_the_bucket_is_found_out_by_whoever_opens_it(remote: House, swift: Swift, bucket: str) -> None:
    mona, draft = drafted(remote)
    mona.post(f"{draft}/attach", 303, code="identity", file=(pdf(), "a.pdf"))
    (digest,) = named(remote)
    forged = pdf() + b"\n% forged\n"
    client(swift.where(bucket)).put_object(Bucket=bucket, Key=f"office/{naming.DOCUMENTS.name(digest)}", Body=forged)
    with pytest.raises(DocumentError) as refused:
        remote.context.store.get(digest)
    assert refused.value.code == "document_altered"
    link = re.findall(rf'"({draft}/attached/\d+)"', mona.get(f"{draft}/documents").text)[0]
    answer = mona.get(link, 422)
    assert b"forged" not in answer.data and "بُدِّل" in answer.text
    client(swift.where(bucket)).delete_object(Bucket=bucket, Key=f"office/{naming.DOCUMENTS.name(digest)}")
    assert "المستند غير موجود في المخزن" in mona.get(link, 422).text


def test_a_reviewer_of_a_document_that_cannot_be_had_keeps_the_page_and_its_forms(remote: House, way: Way) -> None:
    number = remote.work.submitted("shop.first", shop())
    sami = remote.staff("sami", ("MN1", "reviewer"))
    link = re.findall(rf'"(/centre/applications/{number}/documents/\d+/view)', sami.get(f"/centre/applications/{number}").text)[0]
    way.mode = SLOW_DOWN
    shown = sami.get(link).text
    assert "store_unreachable" in faults(shown) and words.say("try_again", "ar") in shown


def test_an_upload_whose_transaction_failed_is_swept_a_day_s_parts_at_a_time(remote: House, swift: Swift, bucket: str) -> None:
    store, engine = remote.context.store, remote.context.engine
    key = remote.work.draft("shop.first", shop(), papers=False)
    upload = attaching.keep(store, attaching.Upload(pdf(), "a.pdf"))
    orphan = upload.kept
    assert orphan is not None
    with pytest.raises(DocumentError), engine.begin() as connection:
        attaching.attach(UnitOfWork(connection, remote.work.office, CITIZEN, NOW), key, "no_such_code", **upload._asdict())
    mine = attaching.keep(store, attaching.Upload(pdf() + b"\n% mine\n", "b.pdf"))
    with engine.begin() as connection:
        attaching.attach(UnitOfWork(connection, remote.work.office, CITIZEN, NOW), key, "identity", **mine._asdict())
    young, old = due(orphan.digest, days=0), due(orphan.digest, days=3)

    def swept(now: int) -> int:
        return retention.sweep(engine, store, now=now, kept=Kept.of(documents=1))["documents deleted"]

    assert [swept(young), swept(old + 3600), swept(old)] == [0, 0, 1], "too young; another hour's part; its own hour"
    with pytest.raises(DocumentError):
        store.get(orphan.digest)
    assert store.get(named(remote)[0]) == pdf() + b"\n% mine\n"


def test_the_commands_move_a_house_into_a_bucket_and_check_it(
    house: House, swift: Swift, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.work.submitted("shop.first", shop())
    folder, place = house.folder / "documents", swift.settings(tmp_path / "store", bucket)
    digests = set(named(house))
    for room in (checking, copying):  # of 256 parts those that are not empty
        monkeypatch.setattr(room, "PARTS", tuple(sorted({digest.hex()[:2] for digest in digests})))

    def run(*words: object) -> tuple[int, str]:
        done = CliRunner().invoke(khatm.main, ["office", "documents", *map(str, words)])
        return done.exit_code, done.output

    register = ("--register", house.settings.register)
    assert run("check", *register, "--documents", folder, "--read")[0] == 0
    status, told = run("check", *register, "--documents", place)
    assert status == 1 and told.count("object_missing") == len(digests), told
    status, told = run("copy", folder, place)
    assert status == 0 and f"{len(digests)} copied" in told, told
    status, told = run("copy", folder, place)
    assert status == 0 and f"0 copied (0 octets), {len(digests)} were there" in told, told
    status, told = run("check", *register, "--documents", place, "--read")
    assert status == 0 and "0 missing or altered" in told and "keeps no versions" in told, told
    digest = min(digests)
    client(swift.where(bucket)).put_object(Bucket=bucket, Key=naming.DOCUMENTS.name(digest), Body=b"forged")
    status, told = run("check", *register, "--documents", place, "--read")
    assert status == 1 and f"{digest.hex()} object_altered" in told and "APP-" in told, told
    assert run("copy", place, tmp_path / "back")[0] == 1, "what is not what it was goes nowhere"
    status, told = run("copy", tmp_path / "nowhere", place)
    assert status == 2 and "path_missing" in told and "nowhere" in told, told
    wrong = tmp_path / "store" / "missing.toml"
    status, told = run("check", *register, "--documents", wrong)
    assert status == 2 and "path_missing" in told and not wrong.exists(), told
    swift_secret = (tmp_path / "store/store.secret").read_text()
    (tmp_path / "store/store.secret").write_text("0" * 32)
    status, told = run("check", *register, "--documents", place)
    assert status == 2 and "store_refused" in told and "SignatureDoesNotMatch" in told and swift_secret not in told, told


def test_an_erasure_with_the_store_gone_says_what_is_left(remote: House, way: Way) -> None:
    from office.privacy import forgetting

    digest = remote.context.store.put(attaching.documents.Document("application/pdf", pdf()))
    way.mode = SLOW_DOWN
    with pytest.raises(ObjectsError):
        forgetting._gone(remote.context.engine, remote.context.store, digest, clock.seconds())
    way.mode = "through"
    assert forgetting._gone(remote.context.engine, remote.context.store, digest, clock.seconds() + 5)
