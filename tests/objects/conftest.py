"""A store of S3 for each worker's tests, with a bucket for each test."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from objects import naming
from objects.bucket import Bucket
from objects.folder import Folder
from objects.store import Objects
from tests.conftest import unavailable
from tests.objects.swift_store import Swift, SwiftUnavailable, Way, make_bucket

MOST = 1 << 20


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swift]:
    """A store that is there for all tests of this process."""
    try:
        made = Swift(tmp_path_factory.mktemp("swift"))
        made.start()
    except SwiftUnavailable as error:
        unavailable(str(error))
    yield made
    made.stop()


@pytest.fixture
def bucket(swift: Swift) -> str:
    """The name of an empty bucket."""
    name = f"khatm-{uuid.uuid4().hex[:12]}"
    make_bucket(swift.where(name))
    return name


@pytest.fixture
def way(swift: Swift) -> Iterator[Way]:
    """A way to the store that can be spoilt."""
    made = Way(swift.port)
    yield made
    made.close()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    """Each kind of store, empty."""
    if request.param == "folder":
        return Folder(tmp_path / "files", naming.DOCUMENTS, most=MOST)
    swift: Swift = request.getfixturevalue("swift")
    return Bucket(swift.where(request.getfixturevalue("bucket"), prefix="house/documents/"), naming.DOCUMENTS, most=MOST, rest=0)
