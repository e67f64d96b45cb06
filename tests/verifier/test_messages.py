"""`khatm verify` takes messages as the page does: as an argument, and from standard input."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from tests.verifier.test_edge_pages import AT_SITE
from tests.world import World
from verifier.commands import verify


def run(world: World, *arguments: str, typed: str = "") -> Result:
    places = ["--published", str(world.folder), "--root", str(world.root_file), "--now", "2026-11-24T11:00:00+02:00", "--lang", "en"]
    return CliRunner().invoke(verify, [*places, *arguments], input=typed)


def test_a_message_is_judged_by_its_code(world: World) -> None:
    text = world.seal(world.license())
    for around in ("انظر «{}».", "{}/", "{}\n034801234"):
        result = run(world, around.format(text), "--at", AT_SITE)
        assert (result.exit_code, "Valid at this place" in result.stdout) == (0, True), result.output


def test_messages_come_from_standard_input_also_broken(world: World) -> None:
    good, bad = world.seal(world.license()), world.forged(world.license())
    broken = "\n".join(good[start : start + 70] for start in range(0, len(good), 70))
    result = run(world, "-", "--json", "--at", AT_SITE, typed=f"{broken}\n\nand {bad}\n")
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["reason"] for one in told] == ["site_here", "signature_invalid"]
    assert result.exit_code == 1


def test_two_codes_in_one_message_are_two_verdicts(world: World) -> None:
    result = run(world, f"{world.seal(world.license())} {world.forged(world.license())}", "--json")
    told = json.loads(result.stdout)
    assert (told["reason"], told["several_codes"], result.exit_code) == ("signature_invalid", True, 1)


@pytest.mark.parametrize(
    ("given", "headline"),
    [
        ("https://example.org/menu", "Not a license code"),
        ("ALX-MN1-2026-0000001-M", "A number proves nothing"),
        ("alx mn1 ٢٠٢٦ ٠٠٠٠٠٠١ m", "A number proves nothing"),
    ],
)
def test_what_is_no_license_code_ends_with_four(world: World, given: str, headline: str) -> None:
    result = run(world, given)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (4, headline)
    cut = run(world, world.seal(world.license())[:200])
    assert (cut.exit_code, cut.stdout.splitlines()[0]) == (4, "The code is incomplete")


@pytest.mark.parametrize("position", ["31.2001, 29.9187", "31.2001,29.9187,8", "31°12'0.4\"N 29°55'7.3\"E", "٣١٫٢٠٠١، ٢٩٫٩١٨٧"])
def test_a_position_is_typed_as_on_the_page(world: World, position: str) -> None:
    assert run(world, world.seal(world.license()), "--at", position).exit_code == 0
    assert run(world, world.seal(world.license()), "--at", "31,2001").exit_code == 2
