"""An office that takes applications, on each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import published
from issuer.errands import Clerk
from keys import policy
from keys.custody import Custody
from office.applications import receipts
from office.applications.office import Receipts
from tests.issuer import rooms
from tests.office.applications import bureau
from tests.office.applications.bureau import Bureau

Keys = tuple[Path, Clerk, Receipts]


@pytest.fixture(scope="session")
def unlocked(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Keys of every authority and one for receipts, with their trust list, made and opened once."""
    return unlock(tmp_path_factory.mktemp("bureau-keys"))


def unlock(folder: Path) -> Keys:
    """Make keys in a folder, and open them."""
    rooms.make_keys(folder)
    custody = Custody(folder / "keys")
    custody.add(rooms.PASSPHRASE, policy.receipt_entry(now=rooms.KEYS_MADE))
    data = policy.sign_trust_list(custody, rooms.PASSPHRASE, now=rooms.SECONDS - 1800)
    published.write(folder / "published", {published.TRUST_LIST: data})
    clerk = rooms.Office(folder, "").clerk()
    signing = receipts.signing(Custody(folder / "keys"), clerk.trust, rooms.PASSPHRASE, host=rooms.HOST, now=rooms.SECONDS)
    assert signing is not None
    return folder, clerk, signing


@pytest.fixture
def here(tmp_path: Path, unlocked: Keys, database_url: str) -> Iterator[Bureau]:
    """An office on each kind of database; it is empty."""
    folder, clerk, signing = unlocked
    with rooms.furnish(tmp_path / "office", folder, database_url).rooms.engine(create=True) as engine:
        yield bureau.furnish(engine, clerk, signing, tmp_path / "office")


@pytest.fixture
def sqlite(tmp_path: Path, unlocked: Keys) -> Iterator[Bureau]:
    """An office on SQLite, for what no database does in its own way."""
    folder, clerk, signing = unlocked
    with rooms.furnish(tmp_path / "office", folder, str(tmp_path / "register.sqlite")).rooms.engine(create=True) as engine:
        yield bureau.furnish(engine, clerk, signing, tmp_path / "office")
