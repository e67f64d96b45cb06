"""Files of rules for tests: those of the program, changed in one place, and where a change stands."""

from pathlib import Path

import pytest

from governorate import yaml_values
from governorate.errors import RuleError
from governorate.licensed import Licensed
from office.services import catalogue, fee_loader
from office.services.fee_schedule import Schedules
from office.services.service import Services
from tests.conftest import ROOT

SERVICES = (ROOT / "governorate/alexandria/services.yaml").read_text("utf-8")
FEES = (ROOT / "governorate/alexandria/fees.yaml").read_text("utf-8")


def changed(text: str, old: str, new: str) -> tuple[str, int]:
    """The text with the first `old` replaced, and the line (from 1) where `new` ends; `old` must be there."""
    assert old in text, old
    head = text[: text.index(old)]
    return text.replace(old, new, 1), (head + new.rstrip("\n")).count("\n") + 1


def services(text: str, fees: Schedules | None = None, types: Licensed | None = None) -> Services:
    from governorate import days_off, licensed

    source = yaml_values.parse(text.encode(), "services.yaml")
    return catalogue.read(source, fees or fee_loader.default(), types or licensed.default(), days_off.default())


def fees(text: str) -> Schedules:
    return fee_loader.read(yaml_values.parse(text.encode(), "fees.yaml"))


def refused(read: object, text: str) -> RuleError:
    assert callable(read)
    with pytest.raises(RuleError) as caught:
        read(text)
    return caught.value


def file_of(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path
