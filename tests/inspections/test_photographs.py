"""Photographs come by their hashes, whole, and within bounds; one without its inspection waits, and an inspection says what it lacks."""

from __future__ import annotations

import errno
import io
import struct
import zlib
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from inspections.errors import InspectionError
from inspections.visits import photographs
from inspections.visits.photographs import ORPHAN_SECONDS
from objects import naming
from published import whole
from tests.altered import altered
from tests.inspections.phone import Phone, noise
from tests.inspections.street import Street
from tests.inspections.test_intake import code


def test_an_inspection_is_told_what_is_missing_until_it_came(each_street: Street) -> None:
    street = each_street
    phone = street.signed_in(street.phone(street.account("amal", ("MID", "inspector"))))
    name, message = phone.record(photographs=3)
    first, *rest = phone.photographs
    assert phone.upload(first) == (201, {"sha256": first.hex()}), "before its inspection"
    assert phone.put(name, message)[1]["missing"] == [each.hex() for each in rest]
    for each in rest:
        assert phone.upload(each)[0] == 201
        assert phone.upload(each)[0] == 200
    assert phone.put(name, message)[1]["missing"] == []
    for each, data in phone.photographs.items():
        assert street.context.photographs.read(each) == data
    phone.sync()
    assert phone.outbox == []


def test_what_is_not_what_was_signed_is_refused_and_leaves_nothing(street: Street, phone: Phone) -> None:
    data = noise()
    name = sha256(data).digest()
    assert code(phone.upload(name, data[:-1])) == (422, "photograph_differs")
    assert code(phone.upload(name, data + b"\0")) == (422, "photograph_differs")
    assert code(phone.upload(name, bytes((2 << 20) + 1))) == (413, "photograph_too_large")
    assert not street.context.photographs.has(name)
    assert phone.upload(name, data)[0] == 201


def bomb() -> bytes:
    """A JPEG of a few octets whose head says 65,500 by 65,500 pixels."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG")
    data = file.getvalue()
    place = data.index(b"\xff\xc0")
    return data[: place + 5] + struct.pack(">HH", 65_500, 65_500) + data[place + 9 :]


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (bomb(), "picture_too_many_pixels"),
        (png(), "picture_format"),
        (b"", "picture_format"),
        (b"<svg onload=alert(1)>", "picture_format"),
        (b"\xff\xd8\xff" + zlib.compress(b"x" * 999), "picture_truncated"),
        (noise()[:-200], "picture_truncated"),
    ],
    ids=["a bomb", "PNG", "nothing", "SVG", "rubbish", "cut off"],
)
def test_hostile_pictures_are_refused_each_by_its_code(street: Street, phone: Phone, data: bytes, why: str) -> None:
    name = sha256(data).digest()
    assert code(phone.upload(name, data)) == (422, why)
    assert not street.context.photographs.has(name)


def test_on_a_full_disk_nothing_half_is_left_and_the_phone_is_told_to_try_again(
    street: Street, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, message = phone.record(photographs=1)
    phone.put(name, message)
    (hash_,) = phone.photographs

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(whole, "_settle", full)
        assert code(phone.upload(hash_)) == (507, "disk_full")
        phone.sync()
    assert [path for path in Path(street.locations.photographs).rglob("*") if path.is_file()] == []
    assert len(phone.outbox) == 1, "it stays on the phone"
    phone.sync()
    assert phone.outbox == []


def test_a_file_that_is_gone_is_taken_again_and_a_changed_one_is_not_shown(street: Street, phone: Phone) -> None:
    data = noise()
    name, store = sha256(data).digest(), street.context.photographs
    phone.upload(name, data)
    (street.locations.photographs / naming.PHOTOGRAPHS.name(name)).write_bytes(altered(data))
    with pytest.raises(InspectionError, match="photograph_damaged"):
        store.read(name)
    (street.locations.photographs / naming.PHOTOGRAPHS.name(name)).unlink()
    assert phone.upload(name, data)[0] == 200
    assert store.read(name) == data


def test_one_without_an_inspection_is_told_and_goes_after_thirty_days(street: Street, phone: Phone) -> None:
    lonely = noise()
    phone.upload(sha256(lonely).digest(), lonely)
    name, message = phone.record(photographs=1)
    phone.sync()
    with street.engine.connect() as connection:
        (orphan,) = photographs.orphans(connection)
    assert (orphan.sha256, orphan.size) == (sha256(lonely).digest(), len(lonely))
    store = street.context.photographs
    assert store.forget_orphans(street.engine, now=street.now + ORPHAN_SECONDS - 1) == 0
    assert store.forget_orphans(street.engine, now=street.now + ORPHAN_SECONDS) == 1
    assert not store.has(orphan.sha256)
    assert phone.put(name, message)[1]["missing"] == []
