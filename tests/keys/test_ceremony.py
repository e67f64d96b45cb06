"""An office asks, the root looks and signs, the office accepts: what each of them refuses, and that a refusal leaves nothing behind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from keys import ceremony, fingerprints, possession, requests
from keys.custody import Custody
from seal import cbor, cose, trust
from tests.altered import altered
from tests.keys.ceremonies import SECRET, YES, House, contents
from transparency.keys import COSIGNATURE, note_key


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house whose first list is signed, with an authority in it."""
    house = House.create(tmp_path_factory.mktemp("made") / "house")
    house.keys("authority", "add", "MN1", *house.with_secret)
    house.ceremony("first")
    return house.folder


@pytest.fixture
def house(made: Path, tmp_path: Path) -> House:
    shutil.copytree(made, tmp_path / "house")
    return House(tmp_path / "house")


def test_the_first_list_shows_everything_and_is_installed(tmp_path: Path) -> None:
    house = House.create(tmp_path)
    house.keys("authority", "add", "MN1", *house.with_secret)
    said = house.ceremony()
    entry = house.custody().policy["keys"]
    for key in house.trust().keys.values():
        assert fingerprints.of_key(key) in said
        assert f"new key {key.kid.hex()} of {key.authority} ({'+'.join(key.roles)})" in said
    log = house.trust().log
    assert log is not None and all(fingerprints.of_vkey(vkey) in said for vkey in log.keys)
    for words in ("host khatm.example: new", "MN1", "36.98 km²", "shop (without an end)", "follows     no list", "حي"):
        assert words in said, words
    assert house.trust().sequence == 1 == house.custody().policy["sequence"]
    assert (house.office / "trust-list").read_bytes() == (house.published / "trust-list").read_bytes()
    assert entry.keys() == {kid.hex() for kid in house.trust().keys}


def test_weekly_nothing_differs_and_one_yes_does(house: House) -> None:
    file = house.request()
    said = house.sign(file, input="y\n")
    assert "Nothing differs but the number and the days" in said and "follows     list 1" in said
    house.accept(file)
    assert house.trust().sequence == 2


def test_one_no_signs_nothing_and_the_number_stays_free(house: House) -> None:
    house.keys("status", "add", *house.with_secret)
    file = house.request()
    before = contents(house.root, house.published)
    assert "not_signed" in house.sign(file, input="n\n", exit_code=2)
    assert "not_signed" in house.sign(file, input="y\nn\n", exit_code=2)
    assert "not_signed" in house.sign(file, input="", exit_code=2), "nobody there"
    assert contents(house.root, house.published) == before
    assert not Path(f"{file}.signed").exists()
    house.sign(file)
    house.accept(file)
    assert len(house.trust().keys) == 3


def test_each_difference_is_a_question(house: House) -> None:
    house.keys("authority", "change", "MN1", "--name-ar", "حي آخر", "--yes", *house.with_secret)
    house.keys("status", "add", *house.with_secret)
    house.keys("log", "witnesses", "--add", _witness(), "--threshold", "1")
    file = house.request()
    said = house.sign(file, input=YES)
    key = f"key {house.custody().kids('license')[0].hex()} of MN1 (license)"
    for what in (f"{key}: حي المنتزه أول / ", "new key 03 of GOV (status)", "log of seals: new witness w.example", "0 of 0  ->  1 of 1"):
        assert what in said, what
    assert said.count("Is that right?") == 6  # the witness and the threshold, of both logs


def _witness() -> str:
    return note_key("w.example", COSIGNATURE, bytes(range(32))).vkey()


def test_the_root_signs_no_number_twice_with_other_content(house: House) -> None:
    one = house.request("one")
    house.keys("status", "add", *house.with_secret)
    two = house.request("two")
    house.sign(one)
    before = contents(house.root)
    said = house.sign(two, exit_code=2)
    assert "sequence_taken" in said and "--sequence" in said
    assert contents(house.root) == before
    house.sign(one)
    assert contents(house.root) == before, "the same list again is the same signature"


def test_a_lost_answer_is_skipped(house: House) -> None:
    lost = house.request("lost")
    house.sign(lost)
    Path(f"{lost}.signed").unlink()
    house.keys("status", "add", *house.with_secret)
    assert "sequence_taken" in house.sign(house.request("next"), exit_code=2)
    again = house.folder / "again"
    house.keys("request", "--published", house.published, "--to", again, "--sequence", "3")
    assert "follows     list 2" in house.sign(again)
    house.accept(again)
    assert (house.trust().sequence, len(house.trust().keys)) == (3, 3)


def test_two_offices_cannot_make_two_lists_of_one_number(house: House) -> None:
    other = house.copy("other")
    house.keys("status", "add", *house.with_secret)
    kid = house.custody().kids("license")[0].hex()
    other.custody()  # copied before
    house.keys("status", "compromise", "01")
    other.keys("authority", "change", "MN1", "--name-en", "Other", "--yes", *house.with_secret)
    ours, theirs = house.request("ours"), other.request("theirs")
    house.sign(ours)
    house.accept(ours)
    assert "sequence_taken" in other.sign(theirs, exit_code=2)
    said = other.keys("request", "--published", other.published, "--to", theirs)
    assert "List 2 was signed for another machine" in said
    assert "Other" not in said, "what only the other wanted is made again"
    other.keys("authority", "change", "MN1", "--name-en", "Other", "--yes", *house.with_secret)
    other.ceremony("theirs")
    held = house.trust()
    assert held.sequence == 3 and held.keys[bytes.fromhex(kid)].name["en"] == "Other"
    assert held.keys[b"\1"].state == "compromised", "nobody forgot it"
    assert "not_asked" in house.accept(theirs, exit_code=2), "it asked for none of that"


def test_a_request_that_forgets_a_stolen_key_is_refused(house: House) -> None:
    behind = house.copy("behind")
    behind.published = house.folder / "copied"
    shutil.copytree(house.published, behind.published)
    house.keys("status", "add", *house.with_secret)
    house.keys("status", "compromise", "01")
    house.ceremony("one")
    asked = house.folder / "behind-asks"
    behind.keys("request", "--published", behind.published, "--to", asked, "--sequence", "9")
    before = contents(house.root)
    assert "compromise_forgotten" in behind.sign(asked, exit_code=2)
    assert contents(house.root) == before


def test_a_compromise_that_came_after_the_request_stays_known(house: House) -> None:
    house.keys("status", "add", *house.with_secret)
    file = house.request()
    house.sign(file)
    house.keys("status", "compromise", "01")
    said = house.accept(file)
    assert "ask again" in said and "key 01 of GOV (status): active  ->  compromised" in said
    assert house.custody().policy["keys"]["01"]["state"] == "compromised"
    house.ceremony("next")
    assert house.trust().keys[b"\1"].state == "compromised"


def test_what_did_not_come_from_the_root_is_refused(house: House) -> None:
    file = house.request()
    stranger = House.create(house.folder / "stranger")
    house.sign(file)
    held = requests.parse(file.read_bytes())
    signed = cose.sign(cose.protected(b"\0" * 8, trust.TYP), held.asked, Custody(stranger.office).signer(b"\1", SECRET)).to_bytes()
    before = contents(house.office, house.published)
    for data, code in (
        (requests.answer_to_bytes({"trust-list": signed}), "trust_list_wrong_root"),
        (requests.answer_to_bytes({"trust-list": altered(signed)}), "trust_list_wrong_root"),
        (requests.answer_to_bytes({"trust-list": b"hello"}), "trust_list_corrupt"),
        (b"", "answer_invalid"),
        (file.read_bytes(), "answer_invalid"),
        (cbor.encode({"khatm": "answer 1", "files": {}}), "answer_invalid"),
    ):
        Path(f"{file}.signed").write_bytes(data)
        assert code in house.accept(file, exit_code=2)
        assert contents(house.office, house.published) == before


@pytest.mark.parametrize("name", ["../../planted", "/{}/planted", "root.cose", "01.pem", "roots/../policy.json", "roots/0", "roots/1x", ""])
def test_a_file_brings_no_names_but_those_of_a_list(house: House, name: str) -> None:
    file = house.request()
    house.sign(file)
    name, answer = name.format(house.folder), Path(f"{file}.signed")
    held, signed = requests.parse(file.read_bytes()), requests.parse_answer(answer.read_bytes())
    answer.unlink()
    file.unlink()
    before = contents(house.folder)
    answer.write_bytes(requests.answer_to_bytes({**signed, name: b"planted"}))
    assert "answer_invalid" in house.accept(file, exit_code=2)
    answer.unlink()
    file.write_bytes(held._replace(on={name: b"planted"}).to_bytes())
    assert "request_invalid" in house.sign(file, exit_code=2)
    file.unlink()
    assert contents(house.folder) == before


def test_accepting_again_changes_nothing_and_an_older_answer_is_refused(house: House) -> None:
    first = house.request("a")
    house.sign(first)
    house.accept(first)
    before = contents(house.office, house.published)
    house.accept(first)
    assert contents(house.office, house.published) == before
    house.ceremony("b")
    assert "answer_older" in house.accept(first, exit_code=2)


def test_a_key_that_nobody_proves_to_have_is_not_signed(house: House) -> None:
    """A planted key: the policy names another's public key, or the request does."""
    house.keys("status", "add", *house.with_secret)
    custody = house.custody()
    proof = custody.policy["keys"]["03"].pop("proof")
    custody.save()
    said = house.keys("request", "--published", house.published, "--to", house.folder / "r", exit_code=2)
    assert "proof_missing" in said and "03" in said
    custody.policy["keys"]["03"] |= {"proof": proof, "roles": ["license", "status"]}
    custody.save()
    assert "proof_missing" in house.keys("request", "--published", house.published, "--to", house.folder / "r", exit_code=2)
    custody.policy["keys"]["03"]["roles"] = ["status"]
    custody.save()
    file = house.request()
    held = requests.parse(file.read_bytes())
    file.write_bytes(held._replace(proofs={}).to_bytes())
    before = contents(house.root)
    assert "proof_missing" in house.sign(file, exit_code=2), "the root looks itself"
    assert contents(house.root) == before


def test_what_the_root_cannot_show_it_does_not_sign(house: House) -> None:
    file = house.request()
    held = requests.parse(file.read_bytes())
    payload = cbor.parse(held.asked)
    before = contents(house.root)
    for changed, code in (
        (payload | {"later": 1}, "request_unclear"),
        (payload | {"next_update": payload["issued_at"]}, "list_backdated"),
        (payload | {"governorate": {**payload["governorate"], "prefix": "GIZ"}}, "prefix_changed"),
        (payload | {"sequence": 1}, "sequence_taken"),
        (payload | {"sequence": 0}, "list_not_newer"),
        (payload | {"keys": [{**payload["keys"][0], "kid": payload["keys"][1]["kid"]}, payload["keys"][1]]}, "request_unclear"),
        (payload | {"keys": [{**payload["keys"][0], "x": payload["keys"][1]["x"], "y": payload["keys"][1]["y"]}]}, "kid_taken"),
    ):
        file.write_bytes(held._replace(asked=cbor.encode(changed)).to_bytes())
        assert code in house.sign(file, exit_code=2), code
    for data in (
        b"",
        b"\xa0",
        held.asked,
        file.read_bytes()[:-1],
        cbor.encode({"khatm": "request 1", "asked": b"", "on": 1, "proofs": {}}),
    ):
        file.write_bytes(data)
        assert "request_invalid" in house.sign(file, exit_code=2)
    assert contents(house.root) == before


def test_names_that_would_play_with_the_root_s_screen_are_shown_as_what_they_are(house: House) -> None:
    custody = house.custody()
    custody.policy["types"]["shop"]["en"] = "Shop\x1b[2J\r\u202e"
    custody.save()
    said = house.sign(house.request())
    assert "\x1b" not in said and "\u202e" not in said and "Shop\ufffd[2J\ufffd\ufffd" in said


def test_a_list_that_another_root_machine_signed_is_learnt(house: House) -> None:
    """Two holders, or a root put back from a copy: the request brings the list that this machine has not seen."""
    copied = house.folder / "root-of-before"
    shutil.copytree(house.root, copied)
    house.keys("status", "add", *house.with_secret)
    house.ceremony("two")
    house.root = copied
    assert "follows     list 2" in house.sign(house.request("three"))
    assert sorted(path.name for path in (copied / "signed").iterdir() if path.name.isdecimal()) == ["1", "2", "3"]


def test_two_lists_of_one_number_are_found_out(house: House) -> None:
    copied = house.folder / "root-of-before"
    shutil.copytree(house.root, copied)
    one = house.request("one")
    house.keys("status", "add", *house.with_secret)
    two = house.request("two")
    house.sign(one)
    house.root, first = copied, house.root
    house.sign(two)
    house.accept(two)
    house.root = first
    said = house.sign(house.request("three"), exit_code=2)
    assert "list_forked" in said and "Sign nothing" in said


def test_a_proof_is_good_for_one_number_one_root_and_one_use(house: House) -> None:
    kid = house.custody().kids("license")[0]
    key = house.trust().keys[kid]
    signer = house.custody().signer(kid, SECRET)
    proof = possession.prove(b"root", kid, key.authority, key.roles, signer)
    assert possession.holds(b"root", key, proof)
    assert not possession.holds(b"another", key, proof)
    assert not possession.holds(b"root", key._replace(authority="MN2"), proof)
    assert not possession.holds(b"root", key._replace(roles=("status",)), proof)
    assert not possession.holds(b"root", key._replace(kid=b"\x09"), proof)
    assert not possession.holds(b"root", key, b"")
    assert not possession.holds(b"root", key, cose.sign(cose.protected(kid, trust.TYP), b"\xa0", signer).to_bytes())


@pytest.mark.parametrize("voided", [7, [[1]], [["a", 1]], [[5, 3]], [[0, 1 << 53]], [[-1, 2]], [[1.5, 2]]])
def test_a_policy_that_somebody_wrote_by_hand_is_refused_in_a_line(house: House, voided: object) -> None:
    custody = house.custody()
    custody.policy["keys"]["01"]["voided"] = voided
    custody.save()
    before = contents(house.office)
    said = house.keys("request", "--published", house.published, "--to", house.folder / "odd", exit_code=2)
    assert "custody_corrupt" in said or "request_unclear" in said
    assert contents(house.office) == before and not (house.folder / "odd").exists()


def test_a_program_without_a_key_gets_no_folder(house: House) -> None:
    to = house.folder / "web"
    new = ("--new-passphrase-file", str(house.secret))
    assert "part_empty" in house.keys("part", "web", "--to", to, *house.with_secret, *new, exit_code=2)
    assert not to.exists()


def test_an_office_without_a_root_is_told_before_it_is_asked(house: House) -> None:
    said = house.keys("trust-list", "sign", "--published", house.published, *house.with_secret, exit_code=2, input=YES)
    assert "root_elsewhere" in said and "[y/N]" not in said


def test_in_one_the_same_is_shown_and_asked(house: House) -> None:
    (house.root / "root.pem").rename(house.office / "root.pem")
    house.keys("status", "add", *house.with_secret)
    before = contents(house.published)
    words = ("trust-list", "sign", "--published", house.published, *house.with_secret)
    assert "not_signed" in house.keys(*words, input="y\nn\n", exit_code=2)
    assert contents(house.published) == before
    said = house.keys(*words, input="y\ny\n")
    assert "new key 03 of GOV (status)" in said
    assert house.trust().sequence == 2


def test_an_answer_that_lapsed_or_comes_from_the_future_is_refused(house: House) -> None:
    now = house.trust().issued_at
    custody = house.custody()
    for offset, code in ((-40 * 86_400, "answer_lapsed"), (86_400, "answer_ahead")):
        asked = ceremony.ask(custody, house.published, now=now + offset, sequence=house.custody().policy["sequence"] + 1 + (offset > 0))
        files = ceremony.sign(house.root, ceremony.examine(house.root, asked), SECRET)
        answer = house.folder / "late.signed"
        answer.write_bytes(requests.answer_to_bytes(files))
        before = contents(house.office, house.published)
        assert code in house.accept(house.folder / "late", exit_code=2)
        assert contents(house.office, house.published) == before
