"""What a store of files does, whether it is a folder or a bucket of a real store."""

from __future__ import annotations

import errno
import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from objects import checking, copying, naming
from objects.bucket import Bucket
from objects.errors import ObjectsError
from objects.folder import Folder
from objects.naming import PARTS, Naming
from objects.store import Held, Objects
from tests.objects.conftest import MOST
from tests.objects.swift_store import Swift, client
from web import clock

LATER = 10 * 365 * 86_400


def all_of(store: Objects, *digests: bytes) -> list[Held]:
    """What is listed in the parts of some digests, and in two others."""
    return [held for part in sorted({digest.hex()[:2] for digest in digests} | {"00", "ff"}) for held in store.listed(part)]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go through 64 of the 256 parts: each is a call or more to the store. What is put there begins with one of them (`chosen`)."""
    for room in (checking, copying):
        monkeypatch.setattr(room, "PARTS", PARTS[:64])


def chosen(count: int) -> list[bytes]:
    """So many contents whose digests are in those parts."""
    every = (f"document {number}".encode() for number in range(100 * count))
    return [content for content in every if sha256(content).digest()[0] < 64][:count]


@pytest.mark.parametrize("content", [b"", b"one", os.urandom(300_000), b"\r\n\x00\xff" * 9])
def test_what_was_put_is_there_under_its_digest(store: Objects, content: bytes) -> None:
    digest = store.put(content)
    assert digest == sha256(content).digest()
    assert store.has(digest)
    assert store.get(digest) == content
    assert store.put(content) == digest
    (held,) = all_of(store, digest)
    assert (held.digest, held.size) == (digest, len(content))
    assert abs(held.touched - clock.seconds()) < 60
    assert store.delete(digest)
    assert not store.has(digest)
    assert all_of(store, digest) == []


def test_what_is_not_there_is_missing_and_nothing_else(store: Objects) -> None:
    nobody = sha256(b"nobody").digest()
    assert not store.has(nobody)
    with pytest.raises(ObjectsError) as refused:
        store.get(nobody)
    assert refused.value.code == "object_missing"
    assert list(store.listed("00")) == []
    store.delete(nobody)


def test_who_puts_it_again_keeps_it_from_being_deleted(store: Objects) -> None:
    digest = store.put(b"an upload")
    now = clock.seconds()
    assert not store.delete(digest, untouched_since=now - 3600)
    assert store.get(digest) == b"an upload"
    assert store.delete(digest, untouched_since=now + 3600)
    assert not store.delete(digest, untouched_since=now + 3600) or not store.has(digest)


def test_a_list_is_in_parts_that_are_all_there_is(store: Objects) -> None:
    contents = [f"number {number}".encode() for number in range(40)]
    digests = {store.put(content) for content in contents}
    for part in {digest.hex()[:2] for digest in digests}:
        assert {held.digest for held in store.listed(part)} == {digest for digest in digests if digest.hex().startswith(part)}
    assert {held.digest for held in all_of(store, *digests)} == digests


def test_each_part_is_swept_once_a_day(store: Objects) -> None:
    day = [part for hour in range(24) for part in store.due(86_400 * 20_000 + hour * 3600)]
    assert set(day) == set(PARTS)
    assert len(day) in (len(PARTS), 24 * len(PARTS))  # a bucket, a folder


@pytest.mark.parametrize("naming_", [naming.DOCUMENTS, naming.PHOTOGRAPHS])
def test_names_are_read_as_they_are_written_and_nothing_else_is_one(naming_: Naming) -> None:
    digest = sha256(b"a name").digest()
    name = naming_.name(digest)
    assert naming_.digest(name) == digest
    for other in (
        "",
        name.upper(),
        name[3:],
        f"{name}x",
        f"{name}.jpg",
        f"x/{name}",
        name.replace("/", "//"),
        "../etc/passwd",
    ):
        assert naming_.digest(other) in (None, digest if other == name else None)
    assert naming.PHOTOGRAPHS.digest(f"00/{digest.hex()}.jpg") is None, "in another digest's folder"


def test_a_folder_is_as_it_was_before_there_were_buckets(tmp_path: Path) -> None:
    """Uploads of ten years lie there so; photographs have the whole digest and an ending."""
    digest = Folder(tmp_path / "d", naming.DOCUMENTS, most=MOST).put(b"x")
    assert (tmp_path / "d" / digest.hex()[:2] / digest.hex()[2:]).read_bytes() == b"x"
    Folder(tmp_path / "p", naming.PHOTOGRAPHS, most=MOST).put(b"x")
    assert (tmp_path / "p" / digest.hex()[:2] / f"{digest.hex()}.jpg").read_bytes() == b"x"


def test_a_file_cut_off_by_a_disk_is_mended_by_the_next_upload(tmp_path: Path) -> None:
    store = Folder(tmp_path, naming.DOCUMENTS, most=MOST)
    digest = store.put(b"whole")
    (tmp_path / naming.DOCUMENTS.name(digest)).write_bytes(b"who")
    with pytest.raises(ObjectsError) as refused:
        store.get(digest)
    assert refused.value.code == "object_altered"
    store.put(b"whole")
    assert store.get(digest) == b"whole"


def test_what_others_put_there_is_no_file_of_ours(store: Objects, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    digest = store.put(b"ours")
    if isinstance(store, Folder):
        for name in ("00/notes.txt", "00/" + "g" * 62, "zz/" + "0" * 62, "00/" + "0" * 61):
            path = tmp_path / "files" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"other")
    else:
        swift: Swift = request.getfixturevalue("swift")
        where = swift.where(request.getfixturevalue("bucket"))
        for name in ("00/notes.txt", "house/documents/00/x", "house/documents/00/" + "0" * 61, "house/documents/zz/" + "0" * 62):
            client(where).put_object(Bucket=where.bucket, Key=name, Body=b"other")
    assert [held.digest for held in all_of(store, digest)] == [digest]


def test_more_than_a_thousand_files_of_one_part_are_listed(swift: Swift, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list comes in pages: of two here, so that a part of five has three."""
    store = Bucket(swift.where(bucket), naming.DOCUMENTS, most=MOST)
    part, digests = "3f", set[bytes]()
    number = 0
    while len(digests) < 5:
        content = str(number).encode()
        number += 1
        if sha256(content).hexdigest().startswith(part):
            digests.add(store.put(content))
    asked: list[int] = []

    def few(params: dict[str, object], **_: object) -> None:
        asked.append(1)
        params["MaxKeys"] = 2

    store._client.meta.events.register("provide-client-params.s3.ListObjectsV2", few)
    assert {held.digest for held in store.listed(part)} == digests
    assert len(asked) == 3


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("backwards", [False, True])
def test_a_folder_is_copied_into_a_bucket_and_back(swift: Swift, bucket: str, tmp_path: Path, *, backwards: bool) -> None:
    folder, far = Folder(tmp_path, naming.DOCUMENTS, most=MOST), Bucket(swift.where(bucket), naming.DOCUMENTS, most=MOST)
    source, target = (far, folder) if backwards else (folder, far)
    digests = {source.put(content) for content in chosen(12)}
    first = list(copying.copy(source, target))
    assert (sum(part.copied for part in first), sum(part.there for part in first)) == (12, 0)
    assert {held.digest for held in all_of(target, *digests)} == digests == {held.digest for held in all_of(source, *digests)}
    again = list(copying.copy(source, target))
    assert (sum(part.copied for part in again), sum(part.there for part in again)) == (0, 12)


@pytest.mark.usefixtures("few")
def test_a_copy_that_was_ended_goes_on_and_leaves_what_is_damaged(swift: Swift, bucket: str, tmp_path: Path) -> None:
    folder, far = Folder(tmp_path, naming.DOCUMENTS, most=MOST), Bucket(swift.where(bucket), naming.DOCUMENTS, most=MOST)
    digests = sorted(folder.put(content) for content in chosen(12))
    going = copying.copy(folder, far)
    copied = sum(next(going).copied for _ in range(30))
    going.close()
    assert 0 <= copied < 12
    bad = digests[-1]
    (tmp_path / naming.DOCUMENTS.name(bad)).write_bytes(b"damaged")
    rest = list(copying.copy(folder, far))
    assert sum(part.there for part in rest) == copied
    assert [(fault.digest, fault.code) for part in rest for fault in part.faults] == [(bad, "object_altered")]
    assert {held.digest for held in all_of(far, *digests)} == set(digests[:-1])


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("read", [False, True])
def test_a_check_tells_what_is_missing_what_is_altered_and_what_nobody_names(store: Objects, tmp_path: Path, *, read: bool) -> None:
    sound, gone, unnamed = (store.put(content) for content in chosen(3))
    never = sha256(chosen(4)[-1]).digest()
    store.delete(gone)
    named = {sound, gone, never}
    parts = list(checking.check(store, lambda part: {each for each in named if each.hex().startswith(part)}, read=read))
    assert sum(part.named for part in parts) == 3
    assert sum(part.others for part in parts) == 1
    assert {(fault.digest, fault.code) for part in parts for fault in part.faults} == {(gone, "object_missing"), (never, "object_missing")}
    assert store.has(unnamed)
    if isinstance(store, Folder) and read:
        (tmp_path / "files" / naming.DOCUMENTS.name(sound)).write_bytes(b"other")
        (fault,) = [
            fault
            for part in checking.check(store, lambda part: {sound} if part == sound.hex()[:2] else set(), read=True)
            for fault in part.faults
        ]
        assert fault.code == "object_altered"


def test_a_folder_that_a_group_shares_is_shared_to_its_end_without_the_right_to_set_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RestrictSUIDSGID of a unit refuses every `chmod` that names the bit; a folder that is made in one that has it has it already."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents").chmod(0o2770)
    real = os.chmod

    def restricted(path: Any, mode: int, **more: Any) -> None:
        if mode & (stat.S_ISGID | stat.S_ISUID):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))
        real(path, mode, **more)

    monkeypatch.setattr(os, "chmod", restricted)
    before = os.umask(0o007)  # the unit's
    try:
        digest = Folder(tmp_path / "documents", naming.DOCUMENTS, most=MOST).put(b"a paper")
    finally:
        os.umask(before)
    place = tmp_path / "documents" / digest.hex()[:2]
    assert stat.S_IMODE(place.stat().st_mode) == 0o2770 and stat.S_IMODE(next(place.iterdir()).stat().st_mode) == 0o600
    monkeypatch.undo()
    before = os.umask(0o077)  # by hand, as somebody who takes rights away
    try:
        other = Folder(tmp_path / "documents", naming.DOCUMENTS, most=MOST).put(b"another paper 2")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "documents" / other.hex()[:2]).stat().st_mode) == 0o2770
