"""`khatm register adopt`: a lost license is in the register again, of its code alone; anything else is named and changes nothing."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from sqlalchemy import select

import published
from issuer.recovery import adopting
from issuer.register import history
from issuer.register.tables import licenses, seals
from office.doctor import rooms
from qr import write
from seal import claims, cose, wire
from seal.cose import Sign1
from storage.database import reading
from tests.issuer.offices import HOST, PASSPHRASE, Office, make_keys, rows
from tests.office.recovery.house import MORNING, Lost, brought_back, numbers_of, texts_of


def recover(house: Lost) -> Lost:
    house.run("register", "recover")
    house.run("publish", now=MORNING + 10)
    return house


@pytest.fixture(scope="module")
def recovered_once(lost_once: Lost, tmp_path_factory: pytest.TempPathFactory) -> Lost:
    folder = tmp_path_factory.mktemp("recovered") / "house"
    shutil.copytree(lost_once.office.folder, folder)
    with brought_back(Office(folder, str(folder / "register.sqlite")), "") as office:
        return recover(lost_once._replace(office=office))


@pytest.fixture
def recovered(recovered_once: Lost, tmp_path: Path) -> Lost:
    shutil.copytree(recovered_once.office.folder, tmp_path / "house")
    return recovered_once._replace(office=Office(tmp_path / "house", str(tmp_path / "house/backup.sqlite")))


def photograph(text: str, *, turned: float = 7.0, seed: int = 3) -> bytes:
    """A picture as a phone takes it of a code on a wall: turned, soft, noisy, JPEG, with things around it."""
    code = Image.open(io.BytesIO(write.png(text, module_px=6))).convert("RGB")
    wall = Image.new("RGB", (code.width + 420, code.height + 380), (196, 188, 170))
    wall.paste(code, (190, 150))
    soft = wall.rotate(turned, expand=True, fillcolor=(120, 110, 100), resample=Image.Resampling.BICUBIC)
    soft = soft.filter(ImageFilter.GaussianBlur(1.1))
    light = np.linspace(0.75, 1.15, soft.width)[None, :, None]
    noise = np.random.default_rng(seed).normal(0, 9, (soft.height, soft.width, 3))
    seen = np.clip(np.asarray(soft, dtype=float) * light + noise, 0, 255).astype(np.uint8)
    made = io.BytesIO()
    Image.fromarray(seen).save(made, "JPEG", quality=78)
    return made.getvalue()


def held(house: Lost) -> list[tuple[object, ...]]:
    with house.office.locations.engine() as engine, reading(engine) as connection:
        return [tuple(row) for row in connection.execute(select(seals.c.cti, seals.c.status, licenses.c.number).join(licenses))]


def test_photographs_texts_and_folders_bring_everything_back(each_house: Lost) -> None:
    recovered = recover(each_house)
    before = recovered.decisions()
    folder = recovered.office.folder / "photos" / "harbour"
    folder.mkdir(parents=True)
    (folder / "IMG_0001.JPG").write_bytes(photograph(recovered.texts[3]))
    (folder / ".thumbnail").write_bytes(b"hidden")
    listed = recovered.office.folder / "messages.txt"
    listed.write_bytes(b"\xef\xbb\xbf" + f"رمز المحل:\r\n{recovered.texts[4]}\r\n".encode())
    said = recovered.run("register", "adopt", folder.parent, listed, recovered.texts[5]).output
    assert said.count("read back in") == 3 and "0 seals lost, not yet adopted" in said
    assert numbers_of(recovered.office) == recovered.numbers and texts_of(recovered.office) == recovered.texts
    assert [recovered.status_of(each) for each in recovered.numbers] == ["revoked", "suspended", "valid", "valid", "revoked"]
    assert recovered.told(recovered.numbers[3]) == ["issued", "adopted"]
    assert ", 0 findings" in recovered.audit()
    recovered.run("publish", now=MORNING + 60)
    assert recovered.decisions(MORNING + 60) == before
    assert ", 0 findings" in recovered.audit()
    with recovered.office.locations.engine() as engine:
        assert history.show(engine, recovered.numbers[2]).claims.license.trade_name == "مخبز البحر"


def test_one_after_the_other_and_twice(recovered: Lost) -> None:
    recovered.run("register", "adopt", recovered.texts[4])
    said = recovered.run("register", "adopt", recovered.texts[4]).output
    assert "adopt_known" in said and "2 seals lost, not yet adopted: positions 3, 5" in said
    assert "2 seals lost" in recovered.run("register", "adopt", recovered.texts[0], recovered.texts[1]).output


def test_the_doctor_tells_how_many_are_still_lost(recovered: Lost) -> None:
    def told() -> tuple[str, str]:
        where = recovered.office.locations
        found = rooms.look(where.register, where.store, where.published, now=MORNING + 60)
        ((code, detail),) = [(each.code, each.detail) for each in found if each.subject == "lost"]
        return code, detail

    assert told() == ("licenses_lost", "3")
    recovered.run("register", "adopt", recovered.texts[3])
    assert told() == ("licenses_lost", "2")
    recovered.run("register", "adopt", recovered.texts[4], recovered.texts[5])
    assert told() == ("licenses_whole", "0")


def test_a_license_that_came_back_is_a_license_as_any_other(recovered: Lost, tmp_path: Path) -> None:
    recovered.run("register", "adopt", recovered.texts[3], recovered.texts[5])
    fourth, third = recovered.numbers[3], recovered.numbers[2]
    recovered.run(
        "license", "replace", fourth, "--reason", "خطأ", "--trade-name", "اسم آخر", "--out", recovered.office.folder / "x", now=MORNING + 60
    )
    recovered.run("license", "suspend", third, "--reason", "إنذار", now=MORNING + 60)
    recovered.run("publish", now=MORNING + 90)
    assert recovered.decisions(MORNING + 90) | {3: "", 5: ""} == {0: "invalid", 1: "invalid", 2: "invalid", 3: "", 4: "invalid", 5: ""}
    assert recovered.decisions(MORNING + 90)[3] == recovered.decisions(MORNING + 90)[5] == "invalid"
    editions = sorted(claims.from_bytes(wire.token(text).payload).edition for text in texts_of(recovered.office).values())
    assert editions == [0, 0, 0, 0, 1, 4], "of what was sealed before the loss, editions are left out: a lost one may have them"
    assert ", 0 findings" in recovered.audit()


def test_what_does_not_match_is_named_and_changes_nothing(recovered: Lost, tmp_path: Path) -> None:
    before = held(recovered)
    noise = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(9).integers(0, 256, (400, 400), dtype=np.uint8)).save(noise)
    (tmp_path / "half.jpg").write_bytes(photograph(recovered.texts[3])[:4000])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "nothing").mkdir()
    make_keys(tmp_path / "other")
    given = {
        "adopt_no_code": noise,
        "adopt_unreadable": tmp_path / "half.jpg",
        "adopt_nothing": tmp_path / "nothing",
        "path_missing": tmp_path / "none.jpg",
    }
    for code, argument in given.items():
        said = recovered.run("register", "adopt", argument, exit_code=2).output
        assert f"{argument}: {code}: " in said, said
    for text in (str(tmp_path / "empty.png"), "https://KHATM.EXAMPLE/2" + "7" * 300, "ليس رمزاً", "ALX-MN1-2026-0000004-G"):
        said = recovered.run("register", "adopt", text, exit_code=2).output
        assert "adopt_" in said or "path_missing" in said
    assert held(recovered) == before
    assert "3 seals lost" in recovered.run("register", "lost").output


def stolen(house: Lost, text: str, **changes: object) -> str:
    """A seal by whoever stole the authority's key: a lost position, other claims, and a good signature."""
    message = wire.token(text)
    held_ = claims.from_bytes(message.payload)
    fields = held_.license._replace(**changes)  # type: ignore[arg-type]
    made = claims.of_license(fields, iat=held_.iat, cti=held_.cti, idx=held_.idx, uri=held_.uri)
    custody = house.office.locations.custody()
    kid = bytes(cose.headers(message)[4])
    signed = cose.sign(message.protected, claims.to_bytes(made), cose.low_signer(custody.signer(kid, PASSPHRASE)))
    return wire.write(signed, HOST)


def test_a_thief_s_seal_at_a_lost_position_is_not_the_leaf(recovered: Lost) -> None:
    before = held(recovered)
    said = recovered.run("register", "adopt", stolen(recovered, recovered.texts[3], holder="لص"), exit_code=2).output
    assert "adopt_not_in_log" in said and held(recovered) == before
    both = recovered.run("register", "adopt", stolen(recovered, recovered.texts[3], holder="لص"), recovered.texts[4], exit_code=1).output
    assert "adopt_not_in_log" in both and both.count("read back in") == 1


def test_forged_and_foreign_ones(recovered: Lost, tmp_path: Path) -> None:
    message = wire.token(recovered.texts[3])
    broken = Sign1(message.protected, message.payload, bytes(32) + message.signature[32:])
    assert "adopt_" in recovered.run("register", "adopt", wire.write(broken, HOST), exit_code=2).output
    make_keys(tmp_path / "other")
    other = recovered.office._replace(folder=tmp_path / "other", register=str(tmp_path / "other/register.sqlite"))
    other.run("issue", other.write("theirs.csv", rows(1)), "--no-output")
    (theirs,) = texts_of(other).values()
    assert "adopt_forged" in recovered.run("register", "adopt", theirs, exit_code=2).output, "a key of the same name"
    unknown = Sign1(cose.protected(b"\xff\xee", alg=cose.ESP256), message.payload, message.signature)
    (tmp_path / "unknown.jpg").write_bytes(photograph(wire.write(unknown, HOST)))
    assert "adopt_foreign" in recovered.run("register", "adopt", tmp_path / "unknown.jpg", exit_code=2).output, "a key of nobody's"
    assert "3 seals lost" in recovered.run("register", "lost").output


def test_behind_the_head_nobody_can_say(recovered: Lost) -> None:
    recovered.run("issue", recovered.office.write("new.csv", rows(1, first=70)), "--no-output", now=MORNING + 20)
    with recovered.office.locations.engine() as engine, engine.connect() as connection:
        lists = recovered.office.lists()
        assert lists.log is not None
        shorter = published.log.Log.__new__(published.log.Log)
        shorter.size = 3
        said = adopting.judge(connection, recovered.texts[3], trust=lists.trust, log=shorter, prefix="ALX")
    assert said == "adopt_not_logged"


def test_without_a_published_head_nothing_is_read_back_in(recovered: Lost) -> None:
    (recovered.office.locations.published / "log/checkpoint").unlink()
    assert "adopt_no_head" in recovered.run("register", "adopt", recovered.texts[3], exit_code=2).output
