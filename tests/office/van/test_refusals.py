"""What goes wrong with a van: sent again, killed, copied, changed, lost, late, full; and who may not do what."""

from __future__ import annotations

import errno
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from accounts import sessions
from office.applications.tables import application_events, applications, attachments
from office.desk.van import api
from office.laptop import calling, enrolment, sending, slips, vault
from office.laptop.calling import CallError
from office.laptop.errors import LaptopError
from office.van import packs, parcels, receiving, records
from office.van.errors import VanError
from office.van.tables import devices
from office.van.tables import documents as document_table
from office.van.tables import parcels as parcel_table
from published import whole
from tests.office.applications.workplace import DAY
from tests.office.desk.house import faults, mobile, plain
from tests.office.van.centre import PASSPHRASE, Centre


def code_of(error: pytest.ExceptionInfo[Any]) -> str:
    return str(error.value.code)


def test_sent_five_times_and_killed_in_between_it_is_filed_once(each_centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    centre, folder = each_centre, each_centre.hand_out()
    counter = centre.counter(folder)
    first, second = counter.slip(), counter.slip(trade_name="محل الورد", latitude="31.2790")
    counter.lock()
    calls: list[str] = []
    call = calling.Office.call

    def dying(office: calling.Office, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        calls.append(method)
        told = call(office, method, path, body)
        if len(calls) in (1, 3, 4):  # the answer is lost: after a parcel, after a document, after the last
            raise LaptopError("laptop_no_office")
        return told

    monkeypatch.setattr(calling.Office, "call", dying)
    for _ in range(3):
        with pytest.raises(LaptopError):
            centre.bring(folder)
    clerk = centre.clerk_at_desk()
    for _ in range(2):
        centre.bring(folder)
        centre.file_all(clerk)
    centre.bring(folder)
    assert centre.applications() == 2
    with centre.context.engine.connect() as connection:
        assert len(connection.execute(select(parcel_table.c.id)).all()) == 2
        brought = records.brought(connection, ["MN1"])
    assert [(each.reference, each.state) for each in brought] == [(first, "filed"), (second, "filed")], "in order"
    assert centre.file_all(clerk).status_code == 409


def test_two_clerks_press_at_once_and_one_files(each_centre: Centre) -> None:
    centre, folder = each_centre, each_centre.hand_out()
    counter = centre.counter(folder)
    counter.slip()
    counter.lock()
    centre.bring(folder)
    clerk, other = centre.clerk_at_desk(), centre.staff("omar", ("MN1", "clerk"))
    clerk.get("/centre/van"), other.get("/centre/van")
    clerk.post("/centre/van/1/file", 303)
    other.post("/centre/van/1/file", 303)
    assert centre.applications() == 1
    other.post("/centre/van/1/back", 409, reason="لا شيء")
    stranger = centre.staff("dina", ("SHQ", "clerk"), ("SHQ", "manager"))
    stranger.get("/centre/van")
    stranger.post("/centre/van/1/file", 404)
    stranger.post("/centre/van/1/let", 404)
    assert "VAN-" not in stranger.get("/centre/van").text
    stranger.get("/centre/van/list/1", 404)
    stranger.get("/centre/van/laptops/1", 404)
    centre.staff("rana", ("MN1", "cashier")).get("/centre/van", 403)


def test_neither_who_sat_in_the_van_nor_who_took_it_reviews_it(centre: Centre) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    counter.slip()
    counter.lock()
    centre.bring(folder)
    holder = centre.account("reem")
    taker = centre.staff("dalia", ("MN1", "clerk"), ("MN1", "reviewer"))
    centre.file_all(taker)
    with centre.context.engine.connect() as connection:
        who = set(connection.scalars(select(application_events.c.actor).where(application_events.c.action == "enter")))
        number = connection.scalar(select(applications.c.number))
    assert who == {f"staff:{holder.id}", f"staff:{centre.account('dalia').id}"}
    centre.work.pay(str(number))
    taker.get(f"/centre/applications/{number}")
    assert taker.post(f"/centre/applications/{number}/do/approve").status_code in (403, 409, 422)
    assert centre.work.state(str(number)) == "under_review"


def test_what_the_office_refuses_is_mended_under_the_same_reference(each_centre: Centre) -> None:
    centre, folder = each_centre, each_centre.hand_out()
    counter = centre.counter(folder)
    reference = counter.slip()
    counter.lock()
    centre.bring(folder)
    clerk = centre.clerk_at_desk()
    clerk.get("/centre/van")
    clerk.post("/centre/van/1/back", 422, reason=" ")
    clerk.post("/centre/van/1/back", 303, reason="اكتب رقم العقار")
    centre.bring(folder)
    counter = centre.counter(folder)
    page = counter.get("/centre/")
    assert "اكتب رقم العقار" in page.text and "يُصحَّح" in plain(page.text)
    key = counter.post(f"/centre/slips/{reference}/mend", 303).location.split("/")[3]
    counter.get(f"/centre/apply/{key}/details")
    counter.post(f"/centre/apply/{key}/details", address="شارع 12، عقار 9")
    assert counter.close(key) == reference
    counter.lock()
    centre.bring(folder)
    centre.file_all(clerk)
    assert centre.applications() == 1
    with centre.context.engine.connect() as connection:
        states = list(connection.scalars(select(parcel_table.c.state).order_by(parcel_table.c.id)))
        assert connection.scalar(select(applications.c.fields))["address"] == "شارع 12، عقار 9"  # type: ignore[index]
    assert states == ["replaced", "filed"]


def test_mending_what_was_filed_meanwhile_changes_nothing(centre: Centre) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    reference = counter.slip()
    counter.lock()
    centre.bring(folder)
    counter = centre.counter(folder)
    counter.get("/centre/")
    key = counter.post(f"/centre/slips/{reference}/mend", 303).location.split("/")[3]
    centre.file_all(centre.clerk_at_desk())
    counter.get(f"/centre/apply/{key}/details")
    counter.post(f"/centre/apply/{key}/details", address="شارع 99")
    counter.close(key)
    counter.lock()
    centre.bring(folder)
    assert centre.applications() == 1
    assert re.search("APP-MN1-2026-[0-9]{6}", centre.counter(folder).get("/centre/").text), "the slip has the number that it got"


def test_a_day_that_went_by_on_the_way_begins_with_the_filing(centre: Centre) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    counter.slip(valid_from="2026-11-24")
    counter.slip(valid_from="2026-12-20", trade_name="محل الورد", latitude="31.2790")
    counter.lock()
    centre.now += 3 * DAY
    centre.bring(folder)
    centre.file_all(centre.clerk_at_desk())
    with centre.context.engine.connect() as connection:
        days = [fields["valid_from"] for fields in connection.scalars(select(applications.c.fields).order_by(applications.c.id))]
    assert days == ["2026-11-27", "2026-12-20"]


def test_a_copied_folder_forks_and_is_set_apart(each_centre: Centre) -> None:
    centre, folder = each_centre, each_centre.hand_out()
    twin = centre.folder / "twin"
    shutil.copytree(folder, twin)
    for path, name in ((folder, "محل الأول"), (twin, "محل الثاني")):
        counter = centre.counter(path)
        assert counter.slip(trade_name=name).startswith("VAN-0001-000001-")
        counter.lock()
    centre.bring(folder)
    centre.bring(twin)
    counter = centre.counter(twin)
    assert "معزول" in plain(counter.get("/centre/").text)
    counter.slip(trade_name="محل الثالث", latitude="31.2790")
    counter.lock()
    centre.bring(twin)
    with centre.context.engine.connect() as connection:
        stands = [(each.state, each.reasons) for each in records.brought(connection, ["MN1"])]
    assert stands == [("waiting", ()), ("apart", (("", "van_forked", ""),)), ("apart", (("", "van_forked", ""),))]
    centre.file_all(centre.clerk_at_desk())
    assert centre.applications() == 1
    manager = centre.staff("mona", ("MN1", "manager"))
    assert "نُسخ مجلد الحاسوب" in plain(manager.get("/centre/van/laptops/1").text)
    manager.post("/centre/van/2/let", 303)
    centre.clerk_at_desk().get("/centre/van")
    centre.file_all(centre.clerk_at_desk())
    assert centre.applications() == 2, "a manager looked at it: it is a citizen's application all the same"
    stranger = centre.client()
    stranger.get("/slips")


def test_what_a_lost_or_suspended_laptop_sends_is_set_apart(centre: Centre) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    counter.slip()
    counter.lock()
    manager = centre.staff("mona", ("MN1", "manager"))
    manager.get("/centre/van/laptops/1")
    assert faults(manager.post("/centre/van/laptops/1/lost", 422).text) >= {"van_confirm"}
    manager.post("/centre/van/laptops/1/suspended", 303)
    centre.bring(folder)
    with pytest.raises(CallError) as refused, centre.reached(folder) as held:
        enrolment.fetch(held)
    assert code_of(refused) == "van_stopped"
    manager.post("/centre/van/laptops/1/active", 303)
    manager.post("/centre/van/laptops/1/lost", 303, sure="yes")
    manager.post("/centre/van/laptops/1/active", 409)
    counter = centre.counter(folder)
    counter.slip(trade_name="محل الورد", latitude="31.2790")
    counter.lock()
    with pytest.raises(CallError) as told:
        centre.bring(folder)
    assert code_of(told) == "van_stopped", "whoever has it learns nothing"
    with centre.context.engine.connect() as connection:
        stands = [each.reasons[0][1] for each in records.brought(connection, ["MN1"])]
    assert stands == ["van_suspended", "van_lost"]
    assert centre.file_all(centre.clerk_at_desk()).status_code == 409
    assert centre.applications() == 0


def test_a_changed_outbox_opens_nothing_and_a_changed_parcel_is_refused(centre: Centre) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    counter.slip()
    counter.lock()
    with centre.reached(folder) as held:
        with held.engine.connect() as connection:
            signed = slips.unsent(connection)[0].signed
        enrolled = enrolment.load(held)
        office = calling.Office(enrolled.address, enrolled.token)
        bent = bytearray(signed)
        bent[-100] ^= 1
        for octets in (bytes(bent), signed[:-1], b"", b"\xd2\x84", signed + b"\0"):
            with pytest.raises(CallError) as refused:
                office.call("POST", "/parcels", octets)
            assert code_of(refused) == "van_parcel_damaged"
        with pytest.raises(CallError) as strange:
            calling.Office(enrolled.address, "x" * 43).call("POST", "/parcels", signed)
        assert code_of(strange) == "van_token_unknown"
        with pytest.raises(CallError) as foreign:
            office.call("PUT", f"/documents/{'0' * 64}", b"nothing")
        assert code_of(foreign) == "van_document_other"
        with pytest.raises(CallError) as unasked:
            office.call("PUT", "/documents/" + parcels.digest(b"nothing").hex(), b"nothing")
        assert code_of(unasked) == "van_document_other"
    for name in (vault.OFFICE_FILE, vault.PACK, vault.ENROLMENT):
        kept = (folder / name).read_bytes()
        (folder / name).write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        assert "laptop_altered" in centre.counter(folder).opened.text
        (folder / name).write_bytes(kept)
    swapped = (folder / vault.PACK).read_bytes()
    kept = (folder / vault.ENROLMENT).read_bytes()
    (folder / vault.ENROLMENT).write_bytes(swapped)
    assert "laptop_altered" in centre.counter(folder).opened.text, "no file takes another's place"
    (folder / vault.ENROLMENT).write_bytes(kept)
    assert centre.counter(folder).opened.status_code == 303


def test_nothing_on_the_laptop_can_be_read_without_the_passphrase(centre: Centre) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    counter.slip(holder="سامي فؤاد حسن")
    counter.lock()
    held = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    # None is very short: three letters stand somewhere in every fiftieth folder of what is enciphered.
    for text in ("سامي", "مخبز", "SQLite format", mobile(7)[1:], "reem", "127.0.0.1", "trade_name", "PNG\r\n\x1a\n"):
        assert text.encode() not in held, text
    wrong = centre.counter(folder)
    wrong.opened = wrong.http.post("/centre/sign-in", data={"passphrase": "1234"}, base_url="http://127.0.0.1:8033")
    assert "laptop_passphrase_wrong" in centre_wrong(centre, folder)
    foreign = centre.counter(folder).http
    assert foreign.get("/centre/", base_url="http://evil.example").status_code == 421


def centre_wrong(centre: Centre, folder: Path) -> str:
    from tests.office.van.centre import Counter

    return Counter(centre, folder, "not the passphrase").opened.text


def test_an_old_pack_and_a_wrong_clock_take_nothing_new_but_send_what_is_there(centre: Centre) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    key = counter.draft()
    counter.close(key)
    centre.now += packs.DAYS * DAY
    counter = centre.counter(folder)
    assert faults(counter.get("/centre/").text) >= {"laptop_pack_old"}
    assert faults(counter.get("/centre/apply", 422).text) >= {"laptop_pack_old"}
    counter.post("/centre/apply", 422, type="shop", procedure="first")
    counter.lock()
    assert centre.bring(folder).sent == 1
    centre.now -= (packs.DAYS + 2) * DAY
    counter = centre.counter(folder)
    assert faults(counter.get("/centre/apply", 422).text) >= {"laptop_clock_behind"}


def test_a_laptop_s_clock_is_its_own_word(centre: Centre) -> None:
    folder = centre.hand_out()
    centre.now += 5 * DAY
    counter = centre.counter(folder)
    counter.slip(valid_from="2026-12-20")
    counter.lock()
    centre.now -= 5 * DAY
    centre.bring(folder)
    assert "متقدمة" in plain(centre.clerk_at_desk().get("/centre/van").text)
    with centre.reached(folder) as held:
        assert sending.file_(held, now=centre.now - DAY).clock_wrong
    manager = centre.staff("mona", ("MN1", "manager"))
    assert "1440" in plain(manager.get("/centre/van/laptops/1").text)


def test_a_form_that_has_its_slip_is_not_changed(centre: Centre) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    key = counter.draft()
    reference = counter.close(key)
    assert counter.get(f"/centre/apply/{key}/details", 303).location.endswith(reference)
    assert faults(counter.post(f"/centre/apply/{key}/details", address="x").text) >= {"laptop_closed"}
    assert faults(counter.post(f"/centre/apply/{key}/discard").text) >= {"laptop_closed"}
    assert counter.post(f"/centre/apply/{key}/send", version="1").location.endswith(reference), "closed twice is one slip"
    counter.get("/centre/slips/VAN-0001-000009-X", 404)
    counter.get("/centre/queue", 404)
    counter.get("/centre/till", 404)


def test_the_same_application_twice_is_asked_about(centre: Centre) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    first = counter.slip()
    key = counter.draft(trade_name="مخبز الامل", latitude="31.2755")
    counter.get(f"/centre/apply/{key}/check")
    twice = counter.post(f"/centre/apply/{key}/send", 422)
    assert faults(twice.text) >= {"laptop_twice"} and first in twice.text
    assert counter.close(key, sure="yes") != first


def test_what_is_missing_or_wrong_is_said_in_the_van(centre: Centre) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    key = counter.draft(papers=False, latitude="31.2000", applicant_national_id="123")
    said = faults(counter.get(f"/centre/apply/{key}/check").text)
    assert {"document_required"} <= said and said & {"site_outside_authority", "site_outside", "outside_authority"}, said
    counter.post("/centre/apply", 422, type="shop", procedure="first", authority="MN1", mobile="12")
    renewal = counter.draft(service=("shop", "renewal"), license_number="ALX-MN1-2026-000001-X")
    assert "data-code" in counter.get(f"/centre/apply/{renewal}/check").text


def test_a_full_disk_loses_nothing_and_says_so(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    key = counter.draft()
    before = counter.get(f"/centre/apply/{key}/details").text

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(whole, "write", full)
        answer = counter.post(f"/centre/apply/{key}/details", address="شارع لا يُكتب")
        assert answer.status_code == 507 and faults(answer.text) >= {"disk_full"}
        assert counter.post(f"/centre/apply/{key}/attach", code="identity", file=(b"\x89PNG\r\n\x1a\n", "x.png")).status_code in (422, 507)
    assert "لا يُكتب" not in counter.get(f"/centre/apply/{key}/details").text
    assert "شارع 12" in before
    counter.close(key)


def test_the_code_enrols_once_and_the_laptop_belongs_to_one_office(centre: Centre) -> None:
    folder = centre.hand_out()
    manager = centre.staff("mona", ("MN1", "manager"))
    page = manager.post("/centre/van/laptops", 200, holder="reem", authority="MN1", name="")
    code = re.findall(r'id="code"><bdi dir="ltr">([0-9A-Z-]+)<', page.text)[0]
    manager.post("/centre/van/laptops", 422, holder="reem", authority="SHQ", name="")
    manager.post("/centre/van/laptops", 404, holder="nobody", authority="MN1", name="")
    centre.account("hany", ("MN1", "reviewer"))
    manager.post("/centre/van/laptops", 422, holder="hany", authority="MN1", name="")
    with centre.reached(folder) as held:
        address = enrolment.load(held).address
        with pytest.raises(LaptopError) as again:
            enrolment.enrol(held, address, code, now=centre.now)
        assert code_of(again) == "laptop_enrolled"
        other = vault.begin(centre.folder / "other", PASSPHRASE.encode())
        for wrong, said in (("00000-00000", "van_code_unknown"), ("hello", "van_code_unknown"), ("", "van_code_unknown")):
            with pytest.raises((VanError, CallError)) as refused:
                enrolment.enrol(other, address, wrong, now=centre.now)
            assert code_of(refused) == said
        for elsewhere in ("http://office.example", "ftp://x", "https://office.example/path", "office.example"):
            with pytest.raises(LaptopError) as bad:
                enrolment.enrol(other, elsewhere, code, now=centre.now)
            assert code_of(bad) == "laptop_address"
        enrolment.enrol(other, address, code, now=centre.now)
        third = vault.begin(centre.folder / "third", PASSPHRASE.encode())
        with pytest.raises(CallError) as used:
            enrolment.enrol(third, address, code, now=centre.now)
        assert code_of(used) == "van_code_used"
        assert enrolment.load(other).device == 2
    with vault.alone(folder), pytest.raises(LaptopError) as busy, vault.alone(folder):
        pass
    assert code_of(busy) == "laptop_in_use"


def test_a_pack_is_bounded_and_leads_nowhere(centre: Centre, tmp_path: Path) -> None:
    made = packs.make(centre.settings.published, centre.settings.root, asks=True, now=centre.now)
    assert packs.read(made.to_bytes()) == made
    for name in ("../evil", "/etc/passwd", "governorate/../../evil", "other/x", "evil", "governorate/" + "x" * 200):
        with pytest.raises(VanError):
            packs.read(made._replace(files={**made.files, name: b""}).to_bytes())
    for octets in (b"", b"\xa0", b"{}", made.to_bytes()[:-1]):
        with pytest.raises(VanError):
            packs.read(octets)


def test_another_governorate_s_pack_is_not_taken(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = centre.hand_out()
    other = packs.make(centre.settings.published, centre.settings.root, asks=True, now=centre.now)._replace(prefix="GIZ")
    monkeypatch.setattr(api.packs, "make", lambda *_, **__: other)
    with centre.reached(folder) as held, pytest.raises(LaptopError) as refused:
        enrolment.fetch(held)
    assert code_of(refused) == "laptop_pack_other"


def test_a_gap_is_told_and_a_flood_is_bounded(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    counter.slip(), counter.slip(trade_name="محل الورد", latitude="31.2790")
    counter.lock()
    with centre.reached(folder) as held:
        with held.engine.connect() as connection:
            first, second = (entry.signed for entry in slips.unsent(connection))
        enrolled = enrolment.load(held)
        office = calling.Office(enrolled.address, enrolled.token)
        with pytest.raises(CallError) as gap:
            office.call("POST", "/parcels", second)  # as a folder does whose beginning was lost
        assert (code_of(gap), gap.value.detail) == ("van_gap", "1")
        monkeypatch.setattr(receiving, "OPEN_MOST", 1)
        office.call("POST", "/parcels", first)
        with pytest.raises(CallError) as full:
            office.call("POST", "/parcels", second)
        assert code_of(full) == "van_full"


def test_an_office_brought_back_from_a_backup_gets_again_what_it_lost(centre: Centre) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    counter.slip()
    counter.lock()
    centre.bring(folder)
    with centre.context.engine.begin() as connection:
        connection.execute(delete(document_table))
        connection.execute(delete(parcel_table))
        connection.execute(update(devices).values(head_sequence=0, head_digest=None))
    counter = centre.counter(folder)
    counter.slip(trade_name="محل الورد", latitude="31.2790")
    counter.lock()
    assert centre.bring(folder).sent == 2
    centre.file_all(centre.clerk_at_desk())
    assert centre.applications() == 2


def test_slips_are_guessed_at_slowly(centre: Centre) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    reference = counter.slip()
    counter.lock()
    stranger = centre.client()
    stranger.get("/slips")
    right = mobile(7)[-4:]
    stranger.post("/slips", 404, reference=reference, digits=right)
    centre.bring(folder)
    assert "ينتظر كاتباً" in plain(stranger.post("/slips", 200, reference=reference, digits=right).text)
    stranger.post("/slips", 422, reference=reference[:-1] + ("A" if reference[-1] != "A" else "B"), digits=right)
    stranger.post("/slips", 422, reference=reference, digits="12")
    codes = [stranger.post("/slips", reference=reference, digits=f"{digits:04}").status_code for digits in range(8)]
    assert codes[0] == 404 and codes[-1] == 429


def test_the_key_leaves_memory_when_nobody_works(centre: Centre) -> None:
    folder = centre.hand_out()
    counter = centre.counter(folder)
    counter.slip()
    centre.now += sessions.TERMS["staff"].idle + 1
    assert counter.get("/centre/", 302).location.startswith("/centre/sign-in")
    counter.get("/centre/sign-in", 303)
    assert counter.laptop._inner is None
    assert 'name="passphrase"' in counter.get("/centre/").text
    assert faults(counter.post("/centre/send").text) >= {"laptop_locked"}


def test_who_is_no_clerk_any_more_gets_no_laptop(centre: Centre) -> None:
    centre.account("reem", ("MN1", "clerk"))
    manager = centre.staff("mona", ("MN1", "manager"))
    page = manager.post("/centre/van/laptops", 200, holder="reem", authority="MN1", name="")
    assert "khatm van enrol" in page.text
    with centre.context.engine.begin() as connection:
        connection.execute(update(devices).values(state="active"))
        assert connection.scalar(select(attachments.c.id)) is None
