"""`python -m bench` says what it would measure, and measures nothing that was not asked for."""

import importlib

import pytest
from click.testing import CliRunner

main = importlib.import_module("bench.__main__")


@pytest.fixture(autouse=True)
def nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []

    class Part:
        """A head."""

        @staticmethod
        def measure(fast: bool) -> dict[str, object]:
            return {"fast": fast}

    def imported(name: str) -> type[Part]:
        asked.append(name.removeprefix("bench."))
        return Part

    monkeypatch.setattr(main.importlib, "import_module", imported)
    return asked


def test_its_help_lists_every_part_with_what_it_measures(nothing_is_measured: list[str]) -> None:
    told = CliRunner().invoke(main.main, ["--help"], terminal_width=200)
    assert told.exit_code == 0 and nothing_is_measured == []
    for part in main.PARTS:
        assert f"  {part}  " in told.output and len(main._summary(part)) > 10, part


def test_a_misspelt_part_is_refused_and_does_not_mean_all(nothing_is_measured: list[str]) -> None:
    assert CliRunner().invoke(main.main, ["verfy"]).exit_code == 2
    assert CliRunner().invoke(main.main, ["--fats", "verify"]).exit_code == 2
    assert nothing_is_measured == []


def test_what_is_named_is_measured_and_without_a_name_everything(nothing_is_measured: list[str]) -> None:
    assert CliRunner().invoke(main.main, ["sizes", "verify", "--fast"]).exit_code == 0
    assert nothing_is_measured == ["sizes", "verify"]
    nothing_is_measured.clear()
    assert CliRunner().invoke(main.main, ["--fast"]).exit_code == 0
    assert nothing_is_measured == list(main.PARTS)
