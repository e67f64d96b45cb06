"""One of the three machines that hold the root is lost, with its keys and its passphrase.

Nothing stops: the other two sign the next list, and hand over to somebody new in the lost one's place (docs/how-to/root.md, "When something
is lost"). Verifiers follow by themselves, and whoever finds the lost machine signs nothing alone.
"""

from __future__ import annotations

import shutil

from keys import root_keys
from published import Memory
from tests.keys.test_root_documents import Held, held, made

__all__ = ["held", "made"]


def test_the_other_two_go_on_and_hand_over_to_a_new_third(held: Held) -> None:
    shutil.rmtree(held.first)
    request = held.house.request()
    held.sign(request, held.second, held.third)
    held.house.accept(request)
    assert held.taken() == 3
    lost = next(line.split()[0] for line in held.house.keys("root", "show").splitlines() if line.startswith("  ") and not known(held, line))
    fourth = held.house.folder / "fourth"
    held.house.keys("root", "join", *held.secret(fourth), at=fourth)
    document = held.house.folder / "root-2.cose"
    said = held.at(held.second, "handover", "--add", fourth / root_keys.PUBLIC, "--remove", lost, "--to", document)
    assert f"leaves   {lost}" in said and "joins" in said
    assert "1 of its own holders have still to sign, and 1 of the former's" in said
    assert "root_not_handed_over" in held.install(document, held.house.office, exit_code=2)
    assert "signed by enough" in held.at(held.third, "cosign", document)
    held.install(document, held.house.office, held.second, held.third, fourth)
    request = held.house.request("after")
    memory = Memory()
    assert held.taken(memory) == 3, "nothing is published before the list that goes with it"
    held.sign(request, fourth, held.second)
    held.house.accept(request)
    assert held.taken(memory) == 4
    assert memory.root is not None and memory.root.version == 2


def known(held: Held, line: str) -> bool:
    return line.split(maxsplit=1)[0] in {root_keys.public(holder).kid.hex() for holder in (held.second, held.third)}


def test_whoever_finds_the_machine_signs_nothing_that_counts(held: Held) -> None:
    """Its disk and its passphrase together are one of three."""
    request = held.house.request()
    held.sign(request, held.first)
    said = held.house.accept(request, exit_code=2)
    assert "root_threshold" in said and "1 / 2" in said
    assert held.taken() == 2
