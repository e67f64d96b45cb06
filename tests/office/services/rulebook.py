"""Files of rules for tests: those of the program, changed in one place, and where a change stands."""

from pathlib import Path

import pytest

from issuer.licensed import Licensed
from office.services import calendar_loader, catalogue, fee_loader, yaml_values
from office.services.errors import RuleError
from office.services.fee_schedule import Schedules
from office.services.service import Services
from tests.conftest import ROOT

SERVICES = (ROOT / "office/data/services.yaml").read_text("utf-8")
FEES = (ROOT / "office/data/fees.yaml").read_text("utf-8")


def changed(text: str, old: str, new: str) -> tuple[str, int]:
    """The text with the first `old` replaced, and the line (from 1) where `new` ends; `old` must be there."""
    assert old in text, old
    head = text[: text.index(old)]
    return text.replace(old, new, 1), (head + new.rstrip("\n")).count("\n") + 1


def services(text: str, fees: Schedules | None = None, types: Licensed | None = None) -> Services:
    from issuer import licensed

    source = yaml_values.parse(text.encode(), "services.yaml")
    return catalogue.read(source, fees or fee_loader.default(), types or licensed.default(), calendar_loader.default())


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
