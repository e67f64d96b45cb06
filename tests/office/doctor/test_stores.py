"""What the doctor says of buckets: that they answer, why they do not, and that what is deleted there is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from office.doctor import stores
from office.doctor.findings import Level
from tests.objects.conftest import bucket, swift, way
from tests.objects.swift_store import SLOW_DOWN, Swift, Way, client

__all__ = ["bucket", "swift", "way"]


def told(place: Path) -> tuple[str, str, Level, str]:
    (found,) = stores.look(place, None)
    assert found.told(), "there is a sentence"
    return found.subject, found.code, found.level, found.detail


def test_a_bucket_that_is_well_and_one_without_versions(swift: Swift, bucket: str, tmp_path: Path) -> None:
    place = swift.settings(tmp_path, bucket)
    assert told(place) == ("documents", "store_unversioned", Level.SOON, "")
    versions = {"Status": "Enabled"}
    client(swift.where(bucket)).put_bucket_versioning(Bucket=bucket, VersioningConfiguration=versions)
    assert told(place) == ("documents", "store_fine", Level.FINE, "")
    assert [found.subject for found in stores.look(place, place)] == ["documents", "photographs"]


def test_a_bucket_that_is_not_well(swift: Swift, bucket: str, way: Way, tmp_path: Path) -> None:
    place = swift.settings(tmp_path, bucket, port=way.port)
    way.mode = SLOW_DOWN
    assert told(place)[1:3] == ("store_unreachable", Level.NOW)
    way.mode = "through"
    (tmp_path / "store.secret").write_text("0" * 32)
    assert told(place)[1:3] == ("store_refused", Level.NOW)
    (tmp_path / "store.secret").chmod(0o644)
    assert told(place)[1:] == ("setting_secret_open", Level.NOW, "secret_key_file: 0640")
    place.write_text("bucket = 5\n")
    assert told(place)[1].startswith("setting_")
    assert told(tmp_path / "other.toml")[1:3] == ("path_missing", Level.NOW)


@pytest.mark.parametrize("place", [None, Path("var/documents")])
def test_folders_are_no_buckets(place: Path | None) -> None:
    assert list(stores.look(place, place)) == []
