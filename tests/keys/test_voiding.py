"""`khatm keys status void`: what it writes down, what it refuses, and that it asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import khatm
from keys import policy, voiding
from keys.custody import Custody
from keys.errors import CustodyError
from seal import trust
from tests.issuer import offices
from tests.issuer.offices import PASSPHRASE, SECONDS


@pytest.fixture
def custody(tmp_path: Path) -> Custody:
    offices.make_keys(tmp_path)
    return Custody(tmp_path / "keys")


def void(custody: Custody, *words: str, exit_code: int = 0, answer: str = "y\n") -> str:
    places = ["--keys", str(custody.folder), "--published", str(custody.folder.parent / "published")]
    ran = CliRunner().invoke(khatm.main, ["keys", "status", "void", *words, *places], input=answer)
    assert ran.exit_code == exit_code, ran.output
    return ran.output


def entry(custody: Custody) -> dict[str, Any]:
    (kid,) = custody.kids("status")
    held: dict[str, Any] = Custody(custody.folder).policy["keys"][kid.hex()]
    return held


def test_ranges_that_touch_are_one() -> None:
    held: dict[str, Any] = {}
    for first, last, expected in ((5, 9, [[5, 9]]), (20, 20, [[5, 9], [20, 20]]), (10, 12, [[5, 12], [20, 20]]), (0, 30, [[0, 30]])):
        assert voiding.void(held, first, last) == expected == held["voided"]


@pytest.mark.parametrize(("first", "last"), [(-1, 5), (6, 5), (5, 1 << 53)])
def test_a_range_that_is_none_is_refused(first: int, last: int) -> None:
    with pytest.raises(CustodyError, match="range_invalid"):
        voiding.void({}, first, last)


def test_there_are_only_so_many_ranges() -> None:
    held: dict[str, Any] = {"voided": [[number * 2, number * 2] for number in range(64)]}
    with pytest.raises(CustodyError, match="ranges_exhausted"):
        voiding.void(held, 1000, 1000)
    assert len(voiding.void(held, 0, 126)) == 1


def test_what_was_agreed_to_stands_in_the_next_trust_list(custody: Custody) -> None:
    said = void(custody, "--from", "3", "--to", "7")
    assert "number 3 to 7" in said and "cannot tell" in said
    assert entry(custody)["voided"] == [[3, 7]]
    signed = policy.sign_trust_list(Custody(custody.folder), PASSPHRASE, now=SECONDS)
    published = Custody(custody.folder)
    root = trust.Root(published.root_kid(), published.root_signer(PASSPHRASE) and _root_key(published))
    (key,) = (each for each in trust.verify(signed, root=root).keys.values() if "status" in each.roles)
    assert key.voided == ((3, 7),) and key.voids(5) and not key.voids(8)


def _root_key(custody: Custody) -> Any:
    import published

    return published.read_root(custody.folder / "root.jwk").public_key


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--from", "9", "--to", "3"), "range_invalid"),
        (("--from", "3"), "range_open"),
        (("--from", "3", "--to", "3", "--key", "zz"), "key_unknown"),
        (("--from", "3", "--to", "3", "--key", "02"), "key_unknown"),
    ],
)
def test_what_it_refuses_changes_nothing(custody: Custody, words: tuple[str, ...], code: str) -> None:
    before = (custody.folder / "policy.json").read_bytes()
    assert code in void(custody, *words, exit_code=2)
    assert "not_confirmed" in void(custody, "--from", "3", "--to", "3", exit_code=2, answer="n\n")
    assert (custody.folder / "policy.json").read_bytes() == before
