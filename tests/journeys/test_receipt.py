"""A genuine receipt of an application, shown to everything that reads licenses: nothing takes it for one, however it is dressed up.

The Python verifier and its page for stock cameras have tests of their own (tests/seal/test_receipt.py, tests/verifier/test_receipts.py).
Here it meets the JavaScript twin, the commands, the inspector's camera tool, and the phone app with a camera, a photo and a pasted text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from playwright.sync_api import Browser, Page, Playwright, expect

import published
from inspector_app.commands import scan_
from qr.write import png
from seal import cose, receipt, sentences, trust, wire
from seal.trust import moment
from tests.conftest import unavailable
from tests.inspector_app import street as streets
from tests.inspector_app.street import Street, film, opened, paste, phone, photographed
from tests.nodejs import NodeUnavailable
from tests.twin import asking
from tests.world import HOST, World
from tests.world import RECEIPT_KID as KID
from verifier.commands import token, verify

HOLDER = "سلمى فوزي"
GENUINE = "as it is"
STOLEN = "a license by the receipts' key"  # what it says is shown, as of any signature that holds, under a red verdict


def receipt_of(world: World) -> dict[str, str]:
    """A receipt that the governorate signed and published its key for, and what somebody might make of it: name to text."""
    world.receipts()
    held = world.received(iat=world.trust.issued_at, holder=HOLDER)
    signer = world.signer(KID)
    signed = receipt.sign(held, KID, signer)
    text = receipt.write(signed, HOST)
    license_ = wire.token(world.seal(world.license(holder=HOLDER))).payload
    return {
        GENUINE: text,
        "without its letter": text.replace("/R1", "/1"),
        "packed as a seal is": wire.write(cose.from_bytes(signed), HOST),
        "packed without its type": wire.write(cose.sign(cose.protected(KID), receipt.to_bytes(held), signer), HOST),
        STOLEN: wire.write(cose.sign(cose.protected(KID), license_, signer), HOST),
        "a license with a receipt's type": wire.write(cose.sign(cose.protected(KID, receipt.TYP), license_, signer), HOST),
        "signed by the licenses' key": wire.write(cose.sign(cose.protected(b"\x01", receipt.TYP), license_, world.signer(b"\x01")), HOST),
    }


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with Street(tmp_path_factory.mktemp("street")) as served:
        yield served


@pytest.fixture(scope="module")
def dressed(street: Street) -> dict[str, str]:
    made = receipt_of(street.world)  # published before a phone asks for the lists
    genuine = receipt.verify(made[GENUINE], trust=street.world.trust, hosts={HOST}, now=moment(street.world.trust.issued_at))
    assert genuine.state == "received", "it would prove nothing"
    return made


def test_the_javascript_twin_judges_none_valid(street: Street, dressed: dict[str, str]) -> None:
    try:
        node = asking.node()
    except NodeUnavailable as error:
        unavailable(str(error))
    root, folder = json.loads(street.world.root_file.read_text()), street.folder / "published"
    x, y = trust.coordinates(street.world.root.public_key)
    pinned = {"kid": root["kid"], "x": x.hex(), "y": y.hex(), "floor_sequence": 1}
    files = {"trust": (folder / published.TRUST_LIST).read_bytes().hex(), "status": [(folder / "status/1").read_bytes().hex()]}
    now = asking.milliseconds(street.world.now)
    texts = [*dressed.values(), street.shop]
    requests = [{"ask": "judge", "world": "w", "text": text, "now": now, "fix": None, "check_site": False} for text in texts]
    _, *answers, shop = asking.ask(node, [{"ask": "world", "name": "w", "root": pinned, **files}, *requests])
    assert shop["object"]["decision"] == "valid"
    for name, told in zip(dressed, answers, strict=True):
        says_none_valid(name, told["object"])
    assert answers[0]["object"]["reason"] == "receipt_not_license"


def says_none_valid(name: str, told: dict[str, Any]) -> None:
    """The verdict is red, or amber and says that this is no license code; it holds nothing of a license."""
    assert told["decision"] == "invalid" or (told["decision"], told["seal"]) == ("undecided", "not_license"), name
    if name == STOLEN:
        assert told["reason"] == "key_not_for_licenses"
    else:
        assert told.get("license") is None, name
        assert HOLDER not in json.dumps(told, ensure_ascii=False)


def command(street: Street, *words: object, of: object = verify) -> Result:
    where = ("--published", street.world.folder, "--root", street.world.root_file, "--now", street.world.now.isoformat())
    return CliRunner().invoke(of, [str(word) for word in (*words, *where)])  # type: ignore[arg-type]


def test_the_commands_judge_none_valid_and_hand_out_no_token(street: Street, dressed: dict[str, str], tmp_path: Path) -> None:
    for name, text in dressed.items():
        result = command(street, text, "--no-site", "--json")
        told = json.loads(result.stdout)
        if name == GENUINE:
            assert (result.exit_code, told["kind"], told["decision"], told["receipt"]["holder"]) == (3, "receipt", "receipt", HOLDER)
            assert not {"license", "seal", "place"} & told.keys()
        else:
            assert result.exit_code in (1, 4)
            says_none_valid(name, told)
    picture = tmp_path / "receipt.png"
    picture.write_bytes(png(dressed[GENUINE]))
    result = command(street, picture, "--lang", "en")
    assert result.exit_code == 3
    assert sentences.say("receipt_received", "en") in result.output
    handed = CliRunner().invoke(token, [dressed[GENUINE]])
    assert (handed.exit_code, handed.stdout_bytes) == (2, b"")


def test_the_inspector_s_camera_tool_calls_it_no_seal(street: Street, dressed: dict[str, str], tmp_path: Path) -> None:
    for name, text in dressed.items():
        picture = tmp_path / "code.png"
        picture.write_bytes(png(text))
        result = command(street, "--image", picture, "--jsonl", "--no-window", "--no-sound", "--no-site", of=scan_)
        (row,) = (json.loads(line) for line in result.stdout.splitlines())
        assert result.exit_code in (1, 3)
        says_none_valid(name, row)


def says_nothing_of_a_license(page: Page) -> None:
    expect(page.locator(".license")).to_have_count(0)
    assert HOLDER not in page.content()


def says_received(page: Page) -> None:
    """The phone says what a genuine receipt is: received, in a colour of its own, and no license."""
    page.locator('.card.receipt[data-receipt="received"]').wait_for()
    expect(page.locator(".card h1")).to_have_text(sentences.say("receipt_received", "ar"))
    expect(page.locator(".card.valid, [data-decision]")).to_have_count(0)


def test_the_phone_app_calls_none_a_license(chromium: Browser, street: Street, dressed: dict[str, str], tmp_path: Path) -> None:
    context = phone(chromium)
    page = opened(context, street)
    for name, text in dressed.items():
        paste(page, text)
        if name == GENUINE:
            says_received(page)
            continue
        assert {"invalid", "undecided"} & set(page.locator(".card").get_attribute("class").split()), name
        assert page.locator(".card.valid").count() == 0, name
        if name != STOLEN:
            says_nothing_of_a_license(page)
    photo = tmp_path / "album.png"
    photo.write_bytes(png(dressed[GENUINE]))
    page.evaluate("location.hash = '#hand'")
    page.locator("#photo").set_input_files(photo)
    says_received(page)
    context.close()


def test_the_phone_s_camera_calls_it_received(playwright: Playwright, street: Street, dressed: dict[str, str], tmp_path: Path) -> None:
    filmed = streets.launch(playwright, film(tmp_path / "camera.mjpeg", [photographed(street, dressed[GENUINE])]))
    context = phone(filmed)
    page = opened(context, street)
    assert streets.scan(page) == (None, "receipt_received")
    says_received(page)
    filmed.close()
