"""docs/reference/services.md names what the files and the code have."""

import re

import pytest

from issuer.sentences import SENTENCES
from office.services import catalogue, fee_loader
from tests.conftest import ROOT

from .rulebook import FEES, SERVICES

DOC = (ROOT / "docs/reference/services.md").read_text("utf-8")
CODE = "".join(path.read_text("utf-8") for room in ("office/services", "governorate") for path in (ROOT / room).glob("*.py"))


def test_every_section_of_the_file_is_explained() -> None:
    sections = re.findall(r"^([a-z]+):", SERVICES, flags=re.MULTILINE)
    assert len(sections) == 11
    assert [section for section in sections if f"| `{section}` |" not in DOC] == []


def test_every_kind_of_charge_is_explained() -> None:
    kinds = {type(version.charge).__name__.lower() for rule in fee_loader.default().rules.values() for version in rule.versions}
    assert [kind for kind in sorted(kinds) if f"`{kind}`" not in DOC] == []


def test_every_refusal_is_listed_and_has_its_sentence() -> None:
    raised = set(re.findall(r'"(rules_[a-z_]+)"', CODE))
    assert raised == set(re.findall(r"`(rules_[a-z_]+)`", DOC))
    assert raised <= set(SENTENCES)
    assert {code for code in SENTENCES if code.startswith("rules_")} == raised


def test_the_known_amounts_are_the_files() -> None:
    known = {version.charge.piastres for rule in fee_loader.default().rules.values() for version in rule.versions if not version.sample}  # type: ignore[union-attr]
    stated = {int(number) for number in re.findall(r"(\d+) piastres", DOC.split("| ours |")[0])}
    assert known == stated == {50, 500}


@pytest.mark.parametrize("prefix", ["fine_", "case_"])
def test_every_reason_has_its_sentence(prefix: str) -> None:
    named = set(re.findall(rf'"({prefix}[a-z_]+)"', CODE)) - {"case_"}
    assert named <= set(SENTENCES)


def test_notices_have_their_sentences() -> None:
    kinds = {f"case_{kind}" for kind in ("first", "renewal", "lapsed")}
    assert {"holder_differs", "permit_to_come", "open_ended", *kinds} <= set(SENTENCES)


def test_the_files_name_no_tool_of_yaml_that_the_reader_refuses() -> None:
    assert not re.search(r"[&*!]\w", re.sub(r"#.*", "", SERVICES + FEES))
    assert len(catalogue.default().waves) == 2
