"""Who holds the root: three people, each in a folder of their own as on a machine of their own; and one person with three keys."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

import published
from keys import parts, requests, root_keys, root_signing
from keys.root_memory import RootMemory
from published import Memory
from seal import cosign, roots, trust
from seal.errors import ListError
from seal.roots import RootDocument
from tests import clock
from tests.keys.ceremonies import HOST, SECRET, YES, House, contents

HERS = b"a kettle sings beneath nine lamps\n"


class Held(NamedTuple):
    """A house whose root is held by `first` (who had the one key), `second` and `third`; `pinned` is what verifiers were given."""

    house: House
    first: Path
    second: Path
    third: Path
    pinned: Path

    def secret(self, holder: Path) -> list[str]:
        """Each holder's passphrase is another."""
        return ["--passphrase-file", str(self.house.secret if holder == self.first else self.house.folder / "hers")]

    def at(self, holder: Path, *words: str | Path, exit_code: int = 0, input: str = YES) -> str:
        return self.house.keys("root", *words, *self.secret(holder), at=holder, exit_code=exit_code, input=input)

    def install(self, document: Path, *folders: Path, exit_code: int = 0) -> str:
        return "".join(self.house.keys("root", "install", document, at=folder, exit_code=exit_code) for folder in folders)

    def sign(self, request: Path, *holders: Path) -> None:
        for holder in holders:
            self.at(holder, "sign", request)

    def taken(self, memory: Memory | None = None) -> int:
        """The list that a verifier takes which pinned the first document."""
        root = published.read_root(self.pinned)
        return published.load(self.house.published, root=root, memory=memory or Memory(), now=clock.LATER).trust.sequence


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """From one key to three holders on three machines, by the commands; the second list is the first that they sign."""
    house = House.create(tmp_path_factory.mktemp("held") / "house")
    house.keys("authority", "add", "MN1", *house.with_secret)
    house.ceremony("first-list")
    (house.folder / "hers").write_bytes(HERS)
    held = held_of(house.folder)
    for holder in (held.second, held.third):
        assert "stay here" in house.keys("root", "join", *held.secret(holder), at=holder)
    document = house.folder / "root-1.cose"
    shutil.copy(house.office / "policy.json", held.first)  # the one key's machine had the whole key store
    others = [word for holder in (held.second, held.third) for word in ("--holder", str(holder / root_keys.PUBLIC))]
    said = held.at(held.first, "create", *others, "--to", document)
    assert "1 of its own holders have still to sign" in said
    assert "root_unsigned" in held.install(document, house.office, exit_code=2)
    assert "pinned by hand" in held.at(held.second, "cosign", document)
    held.install(document, house.office, held.first, held.second, held.third)
    shutil.copy(house.office / "root.cose", held.pinned)
    request = house.request("second-list")
    held.sign(request, held.first, held.third)
    house.accept(request)
    return house.folder


def held_of(folder: Path) -> Held:
    house = House(folder)
    return Held(house, house.root, folder / "second", folder / "third", folder / "pinned.cose")


@pytest.fixture
def held(made: Path, tmp_path: Path) -> Held:
    shutil.copytree(made, tmp_path / "house")
    return held_of(tmp_path / "house")


def test_from_one_key_to_three_holders(held: Held) -> None:
    """Who pins the document takes the list, and who still pins the key does too."""
    assert held.taken() == 2
    by_key = published.trust_list(held.house.published, root=published.read_root(held.house.office / "root.jwk"))
    assert by_key.sequence == 2
    root = published.read_root(held.pinned)
    assert isinstance(root, RootDocument)
    assert (root.threshold, len(root.keys), root.version, root.prefix) == (2, 3, 1, "ALX")
    assert {path.name for path in (held.house.published / "roots").iterdir()} == {"1", "trust-list"}


def test_each_key_is_where_its_holder_is(held: Held) -> None:
    assert not list(held.house.office.glob("root*.pem"))
    for holder in (held.first, held.second, held.third):
        found = {path.name: path.stat().st_mode & 0o777 for path in holder.glob("*.pem")}
        assert found == {"root.pem": 0o600, "root-ml-dsa.pem": 0o600}
    said = held.house.keys("root", "show", at=held.second)
    assert "2 of 3 sign" in said
    assert said.count(str(held.second)) == 1 and str(held.first) not in said


def test_one_of_three_is_too_few(held: Held) -> None:
    request = held.house.request()
    said = held.at(held.second, "sign", request)
    assert "still to sign: 1" in said and f"khatm keys root sign {request.name} --to {request.name}.signed" in said
    before = contents(held.house.office, held.house.published)
    said = held.house.accept(request, exit_code=2)
    assert "root_threshold" in said and "1 / 2" in said
    assert contents(held.house.office, held.house.published) == before
    assert "Carry it back" in held.at(held.third, "sign", request)
    held.house.accept(request)
    assert held.taken() == 3


def test_keys_that_were_carried_away_are_not_said_to_lie_here(held: Held) -> None:
    (held.second / root_keys.PRIVATE_ML_DSA).unlink()
    assert str(held.second) not in held.house.keys("root", "show", at=held.second)


def test_a_document_of_another_deployment_is_called_so(held: Held, tmp_path: Path) -> None:
    other = tmp_path / "other"
    held.house.keys("init", "--host", HOST, *held.house.with_secret, at=other)
    before = contents(held.house.office)
    assert "root_other_deployment" in held.install(other / "root.cose", held.house.office, exit_code=2)
    assert contents(held.house.office) == before


def test_a_name_that_is_no_document_s_travels_nowhere(held: Held) -> None:
    (held.house.published / "roots" / "1.bak").write_bytes(b"somebody's")
    request = held.house.request()
    held.sign(request, held.second, held.third)
    held.house.accept(request)


@pytest.mark.parametrize(("name", "code"), [("roots/2", "root_corrupt"), ("roots/7", "root_corrupt"), ("roots/1", "root_corrupt")])
def test_an_answer_brings_no_document_that_leads_nowhere(held: Held, name: str, code: str) -> None:
    """It would lie in the way of the true one for good."""
    request = held.house.request()
    held.sign(request, held.second, held.third)
    answer = request.with_name(f"{request.name}.signed")
    files = roots_of(request)
    before = contents(held.house.office, held.house.published)
    answer.write_bytes(requests.answer_to_bytes({**files, name: b"planted"}))
    assert code in held.house.accept(request, exit_code=2)
    answer.write_bytes(requests.answer_to_bytes({**files, "roots/2": files["roots/1"]}))
    assert "root_" in held.house.accept(request, exit_code=2)
    assert contents(held.house.office, held.house.published) == before
    answer.write_bytes(requests.answer_to_bytes(files))
    held.house.accept(request)


def test_whoever_signs_twice_is_one_holder(held: Held) -> None:
    request = held.house.request()
    held.sign(request, held.second, held.second)
    assert "root_threshold" in held.house.accept(request, exit_code=2)


def test_who_left_signs_no_more(held: Held) -> None:
    """All three give way to three others; what the old ones sign then nobody takes who saw it."""
    new = [held.house.folder / f"new-{number}" for number in range(3)]
    for holder in new:
        held.house.keys("root", "join", *held.secret(holder), at=holder)
    document = held.house.folder / "root-2.cose"
    gone = [root_keys.public(holder).kid.hex() for holder in (held.first, held.second, held.third)]
    added = [word for holder in new for word in ("--add", str(holder))]
    removed = [word for kid in gone for word in ("--remove", kid)]
    held.at(held.first, "handover", *added, *removed, "--to", document)
    held.at(held.second, "cosign", document)
    held.at(new[0], "cosign", document)
    held.at(new[1], "cosign", document)
    before = held.house.request("before")
    held.sign(before, held.first, held.second)  # signed, but never carried home
    held.install(held.house.folder / "root-1.cose", *new)
    held.install(document, held.house.office, *new)
    request = held.house.request("after")
    held.sign(request, *new[:2])
    held.house.accept(request)
    memory = Memory()
    assert held.taken(memory) == 3
    assert "root_threshold" in held.house.accept(before, exit_code=2)
    files = roots_of(before)
    published.write(held.house.published, {"roots/trust-list": files["roots/trust-list"]})
    with pytest.raises(ListError, match="trust_list_wrong_root"):
        held.taken(memory)
    assert not {"trust-list"} & roots_of(request).keys(), "who pins the old key has to pin anew, as the documents say"


def roots_of(request: Path) -> dict[str, bytes]:
    return requests.parse_answer(requests.read(request.with_name(f"{request.name}.signed")))


def test_a_document_lasts_longer_by_one_that_changes_nothing_else(held: Held) -> None:
    document = held.house.folder / "longer.cose"
    held.at(held.second, "handover", "--days", "3660", "--to", document)
    held.at(held.third, "cosign", document)
    held.install(document, held.house.office)
    root = published.newest_root(held.house.office, held.house.office / "root.cose")
    assert isinstance(root, RootDocument)
    assert root.version == 2 and root.expires - root.issued_at == 3660 * 86_400


@pytest.mark.parametrize("answer", ["n\n", "", "\n"])
def test_without_a_yes_nothing_is_signed(held: Held, answer: str) -> None:
    document = held.house.folder / "no.cose"
    said = held.at(held.second, "handover", "--to", document, exit_code=2, input=answer)
    assert "not_signed" in said and not document.exists()


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"\xd8\x62\x84", b"\xd8\x62" + b"\x9f" * 70_000])
@pytest.mark.parametrize("command", ["cosign", "install"])
def test_what_is_no_document_is_told_in_a_line(held: Held, command: str, data: bytes) -> None:
    junk = held.house.folder / "junk"
    junk.write_bytes(data)
    before = contents(held.second)
    words = held.secret(held.second) if command == "cosign" else []
    assert "root_document_invalid" in held.house.keys("root", command, junk, *words, at=held.second, exit_code=2)
    assert contents(held.second) == before


def test_bad_input_for_each_command_is_a_line_and_changes_nothing(held: Held) -> None:
    house, before = held.house, contents(held.house.office, held.first, held.second, held.third)
    assert "root_key_exists" in house.keys("root", "join", *held.secret(held.second), at=held.second, exit_code=2)
    assert "root_document_exists" in held.at(held.first, "create", exit_code=2)
    assert "root_holder_unknown" in held.at(held.second, "handover", "--remove", "00", exit_code=2)
    bad = house.folder / "bad.json"
    for text in ("", "{}", "[" * 5000, '{"x": "00"}', "\udcff"):
        bad.write_text(text, errors="surrogateescape")
        assert "root_key_invalid" in held.at(held.second, "handover", "--add", bad, exit_code=2)
    assert "root_corrupt" in held.at(held.second, "handover", "--threshold", "9", exit_code=2)
    assert "path_missing" in held.at(held.second, "cosign", house.folder / "nowhere", exit_code=2)
    assert "root_document_missing" in house.keys("root", "show", at=house.folder, exit_code=2)
    assert "passphrase_wrong" in house.keys("root", "handover", *held.secret(held.first), at=held.second, exit_code=2, input=YES)
    old = house.folder / "root-1.cose"
    assert "root_document_old" in held.install(old, house.office, exit_code=2)
    assert contents(house.office, held.first, held.second, held.third) == before


def test_a_public_file_with_another_kid_is_refused(held: Held, tmp_path: Path) -> None:
    """Somebody changed a key on its way and left the name that people compared."""
    text = (held.second / root_keys.PUBLIC).read_text().replace('"y": "', '"y": "00', 1)
    bad = tmp_path / "root-key.json"
    bad.write_text(text)
    assert "root_key_invalid" in held.at(held.third, "handover", "--add", bad, exit_code=2)


def test_what_a_thief_of_the_first_key_makes_hides_nothing(held: Held) -> None:
    """A request that builds on a list which only the old single key signed: good for the list before the document, and for none after."""
    house = held.house
    root = published.newest_root(held.third, held.third / "root.cose")
    assert isinstance(root, RootDocument)
    key, kid = root_signing.signer(held.first, SECRET), root_signing.kid(held.first)
    old = house.trust()

    def of(sequence: int, issued_at: int) -> dict[str, bytes]:
        return {"trust-list": trust.sign(old._replace(sequence=sequence, issued_at=issued_at), kid, key)}

    assert root_signing.verify_before(of(1, root.issued_at - 60), held.third).sequence == 1
    with pytest.raises(ListError, match="trust_list_missing"):
        root_signing.verify_before(of(90, root.issued_at + 60), held.third)
    RootMemory(held.third).learn(5, trust.to_bytes(old._replace(sequence=5, issued_at=root.issued_at + 60)))
    with pytest.raises(ListError, match="trust_list_missing"):
        root_signing.verify_before(of(90, root.issued_at - 60), held.third)


def test_one_person_with_three_keys(tmp_path: Path) -> None:
    """`khatm keys init` says what that is worth; everything is signed in one go, and the keys can be carried apart later."""
    house = House(tmp_path)
    house.secret.write_bytes(b"correct horse battery\n")
    said = house.keys("init", "--host", HOST, *house.with_secret)
    assert "one person has the whole root" in said and "khatm keys passphrase" in said
    house.keys("trust-list", "sign", "--published", house.published, *house.with_secret, input=YES)
    root = published.read_root(house.office / "root.cose")
    assert published.trust_list(house.published, root=root).sequence == 1
    signed = cosign.from_bytes((house.published / "roots/trust-list").read_bytes(), "application/khatm-trust-list+cose")
    assert isinstance(root, RootDocument)
    assert len(roots.signers(root.keys, signed)) == 3
    assert roots.code((house.office / "root.cose").read_bytes()) in said
    (tmp_path / "hers").write_bytes(HERS)
    said = house.keys("passphrase", *house.with_secret, "--new-passphrase-file", str(tmp_path / "hers"))
    assert "holders/2/root.pem" in said and "holders/3/root-ml-dsa.pem" in said, "else nobody could sign with two any more"
    house.keys("passphrase", "--passphrase-file", str(tmp_path / "hers"), "--new-passphrase-file", str(house.secret))
    surplus = [each for each in parts.check("worker", house.office, []) if each.fault == "key_surplus" and "holders" in each.path.parts]
    assert {each.role for each in surplus} == {"root"} and len(surplus) == 4
    (house.office / "holders").rename(tmp_path / "holders")
    before = contents(house.office / "signed")
    said = house.keys("trust-list", "sign", "--published", house.published, *house.with_secret, exit_code=2, input=YES)
    assert "root_elsewhere" in said and "1 / 2" in said
    assert contents(house.office / "signed") == before, "the number stays free"
    (tmp_path / "holders").rename(house.office / "holders")
    away = (house.office / "holders" / "2").rename(tmp_path / "away")
    house.keys("passphrase", *house.with_secret, "--new-passphrase-file", str(tmp_path / "hers"), at=away)
    file = house.request()
    house.keys("root", "sign", file, "--passphrase-file", str(tmp_path / "hers"), at=away, input=YES)
    assert "root_threshold" in house.accept(file, exit_code=2)
    house.keys("root", "sign", file, *house.with_secret, at=house.office, input=YES)
    house.accept(file)
    assert published.trust_list(house.published, root=root).sequence == 2
