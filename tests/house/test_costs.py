"""Each run of the tests ends with what it cost: by tests and by files, programs that were started included."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests import costs
from tests.conftest import ROOT

WORK = "sum(range(20_000_000))"


def test_what_a_started_program_cost_counts() -> None:
    before = costs.spent()
    subprocess.run([sys.executable, "-c", WORK], check=True)
    assert costs.spent() - before > 0.05


def test_the_dearest_come_first_and_files_add_up() -> None:
    told = costs.Costs()
    told.tests |= {"tests/a.py::one": 1.0, "tests/b.py::two": 1.5, "tests/a.py::three": 0.75}
    lines = [re.sub(r" +", " ", line.strip()) for line in told.lines()]
    assert lines[1:4] == ["1.50 s tests/b.py::two", "1.00 s tests/a.py::one", "0.75 s tests/a.py::three"]
    assert lines[5:] == ["1.75 s tests/a.py", "1.50 s tests/b.py", "3.25 s in all"]


def test_this_run_is_one_of_them(pytestconfig: pytest.Config) -> None:
    assert isinstance(pytestconfig.pluginmanager.get_plugin("khatm-costs"), costs.Costs)
    assert "--durations=20" in (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        *(("keys", "sqlalchemy"), ("verify", "sqlalchemy"), ("verify", "openpyxl")),
        *(("issue", "flask"), ("issue", "openpyxl"), ("demo", "openpyxl")),
    ],
)
def test_a_command_imports_no_more_than_it_needs(words: str, unwanted: str) -> None:
    asked = f"khatm.main(['{words}', '--help'], standalone_mode=False)"
    program = f"import sys, khatm; {asked}; sys.exit('{unwanted}' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def test_the_process_that_looks_at_a_pdf_begins_with_little() -> None:
    program = "import sys, office.applications.portable; sys.exit('pydantic' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
