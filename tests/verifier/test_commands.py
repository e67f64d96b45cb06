"""`khatm verify` and `khatm token` as somebody at a terminal, or a program, uses them."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from qr.write import png
from seal import sentences, status, wire
from tests.qr.camera import side_by_side
from tests.world import World
from verifier import words
from verifier.commands import token, verify


def run(world: World, *arguments: str, stdin: bytes = b"", **more: str) -> Result:
    told = {"--published": str(world.folder), "--root": str(world.root_file), "--now": world.now.isoformat(), **more}
    options = [part for option in told.items() for part in option]
    return CliRunner().invoke(verify, [*options, "--lang", "en", *arguments], input=stdin)


def saved(path: Path, picture: np.ndarray) -> str:
    Image.fromarray(picture).save(path)
    return str(path)


def photographed(world: World, tmp_path: Path, *texts: str) -> str:
    return saved(tmp_path / "codes.png", side_by_side(list(texts)))


@pytest.mark.parametrize("stdin", [b"", b"\n", b" \r\n\n\t"])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_nothing_on_standard_input_is_no_success(world: World, stdin: bytes, form: tuple[str, ...]) -> None:
    result = run(world, *form, "-", stdin=stdin)
    assert result.exit_code == 2
    assert words.say("nothing_given", "en") in (result.stdout if form else result.stderr)
    assert not form or json.loads(result.stdout)["error"]["code"] == "nothing_given"


def test_standard_input_is_judged_line_by_line_and_the_worst_counts(world: World) -> None:
    good, bad = world.seal(world.license()), world.forged(world.license())
    assert run(world, "--no-site", "-", stdin=f"{good}\n\n".encode()).exit_code == 0
    result = run(world, "--no-site", "--json", "-", stdin=f"{good}\r\n{bad}\n{good}".encode())
    assert [json.loads(line)["decision"] for line in result.stdout.splitlines()] == ["valid", "invalid", "valid"]
    assert result.exit_code == 1


@pytest.mark.parametrize("missing", ["--root", "--published", "picture"])
def test_what_is_missing_is_named_with_its_path(world: World, tmp_path: Path, missing: str) -> None:
    nowhere = tmp_path / "nowhere" / "at-all"
    text = world.seal(world.license())
    result = run(world, str(nowhere)) if missing == "picture" else run(world, text, **{missing: str(nowhere)})
    assert result.exit_code == 2
    assert str(nowhere) in result.stderr
    assert result.stdout == ""


PLAIN = ["hello", "قل مرحبا", "WIFI:S:cafe;T:WPA;;", "صيدلية 12", "قائمة/طعام\nhttp", "a" * 5000, "ALX licence.v2"]
PATHS = ["code.png", "صورة الرمز.JPG", "scan.pdf", "IMG_1.heic", "no/such", "a\\b", "folder/صورة", "my photo.svg"]


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_plainly_text_is_judged_as_text(world: World, text: str) -> None:
    result = run(world, text)
    assert (result.exit_code, result.stderr) == (4, "")
    assert sentences.say("decision_no_code", "en") in result.stdout
    assert json.loads(run(world, "--json", text).stdout)["seal"] == "not_license"


@pytest.mark.parametrize("name", PATHS)
def test_what_looks_like_a_path_is_named_as_a_missing_file(world: World, name: str) -> None:
    result = run(world, name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert name in result.stderr and words.say("file_missing", "en") in result.stderr
    assert json.loads(run(world, "--json", name).stdout)["error"]["code"] == "file_missing"


def test_a_file_without_an_ending_is_a_picture_where_it_is_there(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hello").write_bytes(png(world.seal(world.license())))
    assert run(world, "--no-site", "hello").exit_code == 0


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_blank_argument_is_nothing_given(world: World, blank: str) -> None:
    result = run(world, blank)
    assert (result.exit_code, words.say("nothing_given", "en") in result.stderr) == (2, True)


def test_a_state_file_that_is_none_is_named_too(world: World, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text("[")
    result = run(world, world.seal(world.license()), **{"--state": str(state)})
    assert (result.exit_code, str(state) in result.stderr) == (2, True)


def test_one_that_cannot_be_read_does_not_hold_up_the_others(world: World, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0")
    good = photographed(world, tmp_path, world.seal(world.license()))
    result = run(world, "--no-site", str(broken), str(tmp_path), good)
    assert result.exit_code == 2, "not everything has its verdict"
    assert sentences.say("decision_valid_seal", "en") in result.stdout
    assert str(broken) in result.stderr and str(tmp_path) in result.stderr


@pytest.mark.parametrize("turned", [False, True])
def test_two_codes_in_a_picture_are_two_verdicts_the_worst_first(world: World, tmp_path: Path, turned: bool) -> None:
    good, bad = world.seal(world.license(trade_name="مخبز النور")), world.seal(world.license(trade_name="مكتبة المنارة"))
    world.set_status(bad, status.INVALID)
    picture = photographed(world, tmp_path, *((bad, good) if turned else (good, bad)))
    result = run(world, "--no-site", picture)
    assert result.exit_code == 1
    assert 0 < result.stdout.index("مكتبة المنارة") < result.stdout.index("مخبز النور")
    told = json.loads(run(world, "--no-site", "--json", picture).stdout)
    assert (told["reason"], told["several_codes"], [one["decision"] for one in told["others"]]) == ("revoked", True, ["valid"])


def test_programs_are_told_what_the_api_tells(world: World) -> None:
    told = json.loads(run(world, "--no-site", "--json", world.seal(world.license())).stdout)
    assert told["checked_at"] == "2026-11-24T09:00:00Z"
    assert told["lists"] == {"trust_list": {"sequence": 7, "age_s": 3600}, "status_list": {"age_s": 60}}
    assert told["headline"]["en"] == sentences.say("decision_valid_seal", "en")


def test_a_receipt_is_told_as_one_and_is_no_success(world: World) -> None:
    world.receipts()
    result = run(world, world.receipt())
    assert result.exit_code == 3
    assert sentences.say("receipt_received", "en") in result.stdout
    assert world.received().number in result.stdout


def test_a_notice_is_told_as_one_and_is_no_success(world: World) -> None:
    world.notice_keys()
    result = run(world, world.notice())
    assert result.exit_code == 3
    assert sentences.say("notice_genuine", "en") in result.stdout
    assert world.noticed().number in result.stdout
    assert "Pavement or road occupied" in result.stdout and "pavement_occupied" not in result.stdout
    assert "إشغال الرصيف أو الطريق" in run(world, "--lang", "ar", world.notice()).stdout
    assert "Words not known here; its code: noise" in run(world, world.notice(violation="noise")).stdout
    told = json.loads(run(world, "--json", world.notice()).stdout)
    assert (told["kind"], told["decision"], told["notice"]["piastres"]) == ("notice", "notice", 125_000)


def test_a_token_comes_out_of_a_picture_as_out_of_its_text(world: World, tmp_path: Path) -> None:
    text = world.seal(world.license())
    path = tmp_path / "code.png"
    path.write_bytes(png(text))
    from_text, from_picture = (CliRunner().invoke(token, [given]) for given in (text, str(path)))
    assert from_text.stdout_bytes == from_picture.stdout_bytes == wire.token(text).to_bytes()
    told = json.loads(CliRunner().invoke(token, ["--json", str(path)]).stdout)
    assert (told["verified"], told["claims"]["iss"]) == (False, "MID")


def test_a_token_is_one_seal_s(world: World, tmp_path: Path) -> None:
    both = photographed(world, tmp_path, world.seal(world.license()), world.seal(world.license()))
    blank = saved(tmp_path / "blank.png", np.full((300, 300), 255, np.uint8))
    for path, code in ((both, "one_code_expected"), (blank, "no_code"), (str(tmp_path / "nowhere"), "file_missing")):
        result = CliRunner().invoke(token, [path])
        assert (result.exit_code, result.stdout) == (2, "")
        assert code in result.stderr and path in result.stderr


def test_a_pdf_is_a_picture_too(world: World, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    Image.open(io.BytesIO(png(world.seal(world.license())))).convert("L").save(path, "PDF", resolution=100)
    assert run(world, "--no-site", str(path)).exit_code == 0
