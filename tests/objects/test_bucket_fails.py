"""A store that is gone, slow, full, wrong or lies: nothing is lost, nothing altered is shown, and nobody waits for ever."""

from __future__ import annotations

import logging
import ssl
import time
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from demo import certificates
from objects import naming
from objects.bucket import ATTEMPTS, Bucket
from objects.errors import ObjectsError
from objects.settings import Where, load
from tests import clock
from tests.objects.conftest import MOST
from tests.objects.swift_store import SLOW_DOWN, Swift, Way, client
from tests.ports import free_port
from web.faults import SettingsError

CONTENT = b"a deed " * 5000


def opened(where: Where, *, rest: float = 0) -> Bucket:
    return Bucket(where, naming.DOCUMENTS, most=MOST, rest=rest)


def code(store: Bucket, digest: bytes) -> str:
    with pytest.raises(ObjectsError) as refused:
        store.get(digest)
    return refused.value.code


def test_a_store_that_is_gone_is_told_and_all_is_there_when_it_is_back(tmp_path: Path) -> None:
    swift = Swift(tmp_path / "swift")
    swift.start()
    try:
        where = swift.where("khatm")
        client(where).create_bucket(Bucket="khatm")
        store = opened(where)
        digest = store.put(CONTENT)
        swift.stop()
        for ask in (lambda: store.put(b"new"), lambda: store.get(digest), lambda: store.has(digest), lambda: store.delete(digest)):
            with pytest.raises(ObjectsError) as refused:
                ask()
            assert refused.value.code == "store_unreachable", "gone is not missing"
        with pytest.raises(ObjectsError):
            list(store.listed("00"))
        swift.start()
        assert store.get(digest) == CONTENT
        assert store.has(store.put(b"new"))
    finally:
        swift.stop()


def test_a_store_that_did_not_answer_is_left_alone_for_a_while(swift: Swift, bucket: str, way: Way) -> None:
    store = opened(swift.where(bucket, port=way.port), rest=60)
    digest = store.put(CONTENT)
    way.mode = SLOW_DOWN
    assert code(store, digest) == "store_unreachable"
    assert way.spoilt == ATTEMPTS, "tried again with back-off, and no more"
    assert code(store, digest) == "store_unreachable"
    assert way.spoilt == ATTEMPTS, "not asked"
    way.mode = "through"
    store._until = 0
    assert store.get(digest) == CONTENT


def test_one_503_is_tried_again_and_nobody_hears_of_it(swift: Swift, bucket: str, way: Way) -> None:
    store = opened(swift.where(bucket, port=way.port))
    way.mode, tries = SLOW_DOWN, list[int]()

    def mend(**_: object) -> None:
        tries.append(1)
        way.mode = SLOW_DOWN if len(tries) < 2 else "through"

    store._client.meta.events.register_first("before-send.s3", mend)
    digest = store.put(CONTENT)
    assert len(tries) == 2
    assert store.get(digest) == CONTENT


@pytest.mark.parametrize("mode", ["hang", "drip"])
def test_a_slow_store_holds_nobody_for_longer_than_its_time(swift: Swift, bucket: str, way: Way, mode: str) -> None:
    store = opened(swift.where(bucket, port=way.port, seconds=1))
    digest = opened(swift.where(bucket)).put(CONTENT)
    way.mode, began = mode, time.monotonic()
    assert code(store, digest) == "store_unreachable"
    assert time.monotonic() - began < 60, "ended by itself, not by the store"


def test_what_is_cut_off_on_its_way_is_not_taken_for_the_file(swift: Swift, bucket: str, way: Way) -> None:
    store = opened(swift.where(bucket, port=way.port))
    digest = store.put(CONTENT)
    way.mode, way.octets = "cut", 5_000
    assert code(store, digest) == "store_unreachable"
    way.mode = "through"
    assert store.get(digest) == CONTENT


def test_an_upload_that_is_cut_off_leaves_nothing(swift: Swift, bucket: str, way: Way) -> None:
    way.mode = "hang"
    quick = opened(swift.where(bucket, port=way.port, seconds=1))
    with pytest.raises(ObjectsError):
        quick.put(CONTENT)
    assert "Contents" not in client(swift.where(bucket)).list_objects_v2(Bucket=bucket)


def test_somebody_with_the_keys_exchanges_a_file_and_it_is_refused(swift: Swift, bucket: str) -> None:
    where = swift.where(bucket)
    store = opened(where)
    digest = store.put(CONTENT)
    for other in (b"a forged deed", CONTENT[:-1], b"", CONTENT + b"x" * MOST):
        client(where).put_object(Bucket=bucket, Key=naming.DOCUMENTS.name(digest), Body=other)
        assert code(store, digest) == "object_altered"
        assert store.has(digest)
    store.put(CONTENT)
    assert store.get(digest) == CONTENT, "who hands it in again mends it"


def test_a_disk_that_changed_the_octets_is_noticed(tmp_path: Path) -> None:
    """Octets of a file on the store's own disk, so that every answer of it is in order but for what is in it."""
    swift = Swift(tmp_path / "swift")
    swift.start()
    try:
        where = swift.where("khatm")
        client(where).create_bucket(Bucket="khatm")
        store = opened(where)
        digest = store.put(CONTENT)
        (file,) = swift.files()
        file.write_bytes(CONTENT.replace(b"deed", b"debt"))
        assert code(store, digest) in ("object_altered", "object_missing"), "the store may have put it aside"
    finally:
        swift.stop()


def test_wrong_keys_and_a_bucket_that_is_not_there_are_told_apart_from_missing(swift: Swift, bucket: str) -> None:
    where = swift.where(bucket)
    digest = opened(where).put(CONTENT)
    for wrong, told in (
        (where._replace(secret_key="0" * 32), "SignatureDoesNotMatch"),
        (where._replace(access_key="gov:nobody"), "SignatureDoesNotMatch"),
        (where._replace(bucket="khatm-nowhere"), "NoSuchBucket"),
    ):
        store = opened(wrong)
        for ask in (
            lambda store=store: store.get(digest),
            lambda store=store: store.put(b"x"),
            lambda store=store: list(store.listed("00")),
        ):
            with pytest.raises(ObjectsError) as refused:
                ask()
            assert (refused.value.code, refused.value.detail) == ("store_refused", told)
        with pytest.raises(ObjectsError) as refused:
            store.has(digest)  # an answer to HEAD has no words
        assert refused.value.code == "store_refused"


def test_a_full_bucket_says_so_and_keeps_what_it_has(swift: Swift, bucket: str) -> None:
    store = opened(swift.where(bucket))
    digest = store.put(CONTENT)
    swift.quota(bucket, len(CONTENT) + 100)
    with pytest.raises(ObjectsError) as refused:
        store.put(CONTENT + b"more")
    assert refused.value.code == "store_full"
    assert store.get(digest) == CONTENT


def test_no_key_is_in_any_log_or_refusal(swift: Swift, bucket: str, caplog: pytest.LogCaptureFixture) -> None:
    where = swift.where(bucket)
    with caplog.at_level(logging.DEBUG):
        store = opened(where)
        digest = store.put(b"a name: Amal")
        with pytest.raises(ObjectsError) as refused:
            opened(where._replace(secret_key="f" * 32, bucket="khatm-nowhere")).get(digest)
    told = caplog.text + str(refused.value) + repr(where) + repr(refused.value.__cause__)
    for secret in (where.secret_key, "f" * 32, "Signature=", "Amal"):
        assert secret not in told


def test_nothing_is_taken_from_the_environment(swift: Swift, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text("[default]\naws_access_key_id = other\naws_secret_access_key = other\nregion = mars\n")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "config"))
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "other")
    for name in ("HTTP_PROXY", "http_proxy", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    store = opened(swift.where(bucket))
    assert store.get(store.put(CONTENT)) == CONTENT


def test_a_store_with_tls_must_have_a_certificate_that_holds(swift: Swift, bucket: str, tmp_path: Path) -> None:
    made = certificates.make(tmp_path / "a", [IPv4Address("127.0.0.1")], now=clock.moment())
    other = certificates.make(tmp_path / "b", [IPv4Address("127.0.0.1")], now=clock.moment())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.server, made.server_key)
    way = Way(swift.port, context)
    try:
        where = swift.where(bucket)._replace(endpoint=f"https://127.0.0.1:{way.port}", authority=made.authority)
        store = opened(where)
        digest = store.put(CONTENT)
        assert store.get(digest) == CONTENT
        for authority in (None, other.authority):
            assert code(opened(where._replace(authority=authority)), digest) == "store_unreachable"
    finally:
        way.close()


def test_versions_are_asked_for(swift: Swift, bucket: str) -> None:
    where = swift.where(bucket)
    assert opened(where).versioned() is False
    client(where).put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert opened(where).versioned() is True


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('endpoint = "http://s3.example"', "setting_not_address"),
        ('endpoint = "ftp://s3.example"', "setting_not_address"),
        ('endpoint = "https://gov:secret@s3.example"', "setting_not_address"),
        ('bucket = "Not A Bucket"', "setting_invalid"),
        ('bucket = "../other"', "setting_invalid"),
        ('prefix = "../other"', "setting_invalid"),
        ('prefix = "/documents"', "setting_invalid"),
        ('prefix = "a//b"', "setting_invalid"),
        ('region = "us east"', "setting_invalid"),
        ("seconds = 0", "setting_out_of_bounds"),
        ("seconds = 600", "setting_out_of_bounds"),
        ('seconds = "10"', "setting_not_number"),
        ('secret_key = "in the file"', "setting_unknown"),
        ("access_key = 5", "setting_not_text"),
    ],
)
def test_a_file_of_settings_that_is_wrong_is_told_by_its_line(tmp_path: Path, line: str, fault: str) -> None:
    lines = {"endpoint": '"https://s3.example"', "bucket": '"khatm"', "access_key": '"gov"', "secret_key_file": '"secret"'}
    name, _, value = line.partition(" = ")
    path = tmp_path / "store.toml"
    path.write_text("".join(f"{name} = {text}\n" for name, text in (lines | {name: value}).items()))
    (tmp_path / "secret").write_text("hidden\n")
    (tmp_path / "secret").chmod(0o640)
    with pytest.raises(SettingsError) as refused:
        load(path)
    assert refused.value.code == fault
    assert name in refused.value.detail
    assert "hidden" not in str(refused.value)


def test_a_secret_that_everybody_may_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    path, secret = tmp_path / "store.toml", tmp_path / "secret"
    path.write_text('endpoint = "https://s3.example"\nbucket = "khatm"\naccess_key = "gov"\nsecret_key_file = "secret"\n')
    with pytest.raises(FileNotFoundError):
        load(path)
    secret.write_text("hidden\n")
    secret.chmod(0o644)
    with pytest.raises(SettingsError) as refused:
        load(path)
    assert (refused.value.code, "hidden" in str(refused.value)) == ("setting_secret_open", False)
    secret.chmod(0o640)
    assert load(path).secret_key == "hidden"
    for wrong in ("", "two\nlines\n", "é\n"):
        secret.write_text(wrong)
        with pytest.raises(SettingsError) as refused:
            load(path)
        assert refused.value.code == "setting_secret"
