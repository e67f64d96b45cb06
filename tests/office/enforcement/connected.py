"""A web office that is connected to inspections, and the worker beside it."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from office.enforcement.sealing import Paper
from office.enforcement.signing import NoticeSigner
from office.enforcement.worker import Worker
from tests.issuer.offices import Office
from tests.office.desk.house import House
from tests.office.enforcement.over_there import TOKEN, OverThere


def blank(_: NoticeSigner) -> Paper:
    """Papers with nothing on them but the number: the press takes a second for each."""
    return lambda told, _: b"%PDF-1.7 " + told.number.encode()


def settings_in(folder: Path, address: str, secret: str = TOKEN) -> Path:
    """Write the file that names inspections, and the token's."""
    path = folder / "inspections.toml"
    path.write_text(f'address = "{address}"\ntoken_file = "office-token"\nseconds = 5\n', "utf-8")
    token = path.with_name("office-token")
    token.write_text(secret + "\n", "utf-8")
    token.chmod(0o600)
    return path


def rounds(house: House) -> dict[str, int]:
    """What a round of a worker beside a web office does."""
    service = house.context.inspections
    assert service is not None
    office = Office(house.folder, house.settings.register)
    return dict(Worker(office.locations, service, blank, Random(1)).round(house.context.engine, house.now))


class Connected(House):
    """A web office and the worker beside it."""

    there: OverThere

    def round(self) -> dict[str, int]:
        """What a round of the worker does."""
        return rounds(self)

    def sealed(self, serial: int = 1, **changes: Any) -> tuple[str, str]:
        """Number and text of a notice that was approved, sealed and handed over."""
        number = self.there.approve(serial, **changes)
        assert self.round()["sealed"] == 1
        return number, self.there.seals[number][0]
