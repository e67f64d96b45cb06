"""An office that takes applications, on each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import published
from issuer.operations import SigningContext
from keys import policy
from keys.custody import Custody
from office.applications import receipts
from office.applications.context import Receipts
from tests.issuer import offices
from tests.office.applications import workplace
from tests.office.applications.workplace import Workplace

Keys = tuple[Path, SigningContext, Receipts]


@pytest.fixture(scope="session")
def unlocked(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Keys of every authority and one for receipts, with their trust list, made and opened once."""
    return unlock(tmp_path_factory.mktemp("workplace-keys"))


def unlock(folder: Path) -> Keys:
    """Make keys in a folder, and open them. Notices have a key for MN1 alone."""
    offices.make_keys(folder)
    custody = Custody(folder / "keys")
    custody.add(offices.PASSPHRASE, policy.receipt_entry(policy.governorate(custody), now=offices.KEYS_MADE))
    custody.add(offices.PASSPHRASE, policy.notice_entry(custody, "MN1", now=offices.KEYS_MADE))
    data = policy.sign_trust_list(custody, offices.PASSPHRASE, now=workplace.NOW - 1800)
    published.write(folder / "published", {published.TRUST_LIST: data})
    clerk = offices.Office(folder, "").clerk()
    signing = receipts.signing(Custody(folder / "keys"), clerk.trust, offices.PASSPHRASE, host=offices.HOST, now=offices.SECONDS)
    assert signing is not None
    return folder, clerk, signing


@pytest.fixture
def here(tmp_path: Path, unlocked: Keys, database_url: str) -> Iterator[Workplace]:
    """An office on each kind of database; it is empty."""
    folder, clerk, signing = unlocked
    with offices.furnish(tmp_path / "office", folder, database_url).locations.engine(create=True) as engine:
        yield workplace.furnish(engine, clerk, signing, tmp_path / "office")


@pytest.fixture
def sqlite(tmp_path: Path, unlocked: Keys) -> Iterator[Workplace]:
    """An office on SQLite, for what no database does in its own way."""
    folder, clerk, signing = unlocked
    with offices.furnish(tmp_path / "office", folder, str(tmp_path / "register.sqlite")).locations.engine(create=True) as engine:
        yield workplace.furnish(engine, clerk, signing, tmp_path / "office")
