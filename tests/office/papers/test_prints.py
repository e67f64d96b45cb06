"""The log of prints: numbered without gaps for each edition, also when two print at once; and the command."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import Engine

from issuer.errors import IssuerError
from issuer.register import history
from issuer.register.issuing import Source, issue
from issuer.register.signer_pool import InProcess
from office.database import DATABASE
from office.papers import prints
from tests.issuer.offices import SECONDS, Office, entry


def issued(office: Office, engine: Engine) -> str:
    """The number of a license."""
    (result,) = issue(engine, [entry()], pool=InProcess(office.clerk().sealer), source=Source(b"f" * 32), now=SECONDS)
    return result.number


def note(engine: Engine, number: str, **more: object) -> prints.Print:
    with engine.begin() as connection:
        return prints.note(connection, number, **{"size": "A4", "by": "clerk.one", "now": SECONDS} | more)  # type: ignore[arg-type]


def test_copies_are_numbered_for_each_edition(each_office: Office, register: Engine) -> None:
    number = issued(each_office, register)
    first, second = note(register, number), note(register, number, size="A5", by="clerk.two", now=SECONDS + 5)
    assert (first.serial, second.serial, first.edition) == (1, 2, 0)
    clerk = each_office.clerk()
    history.replace(register, number, {"holder": "سامي فؤاد"}, sealer=clerk.sealer, rules=clerk.rules, reason="spelling", now=SECONDS + 60)
    third = note(register, number)
    assert (third.edition, third.serial) == (1, 1)
    with register.connect() as connection:
        assert prints.of(connection, number) == (first, second, third)


def test_two_who_print_at_once_get_two_numbers(each_office: Office, register: Engine) -> None:
    number = issued(each_office, register)
    with ThreadPoolExecutor(8) as many:
        serials = [done.serial for done in many.map(lambda _: note(register, number), range(24))]
    assert sorted(serials) == list(range(1, 25))


def test_what_is_not_known_is_not_printed(each_office: Office, register: Engine) -> None:
    with pytest.raises(IssuerError, match="number_unknown"):
        note(register, "ALX-MN1-2026-0000009-X")
    number = issued(each_office, register)
    for wrong in ({"size": "A3"}, {"by": ""}, {"by": "x" * 65}):
        with pytest.raises(ValueError, match="a size of SIZES"):
            note(register, number, **wrong)
    with register.connect() as connection:
        assert prints.of(connection, number) == ()


def test_the_command_prints_a_numbered_copy(office: Office) -> None:
    from click.testing import CliRunner

    from office.papers.commands import paper

    with office.locations.engine(create=True) as engine:
        number = issued(office, engine)
    out = office.folder / "paper.pdf"
    for serial in (1, 2):
        result = CliRunner().invoke(paper, office.words(number.lower(), "--size", "A5", "--out", out, "--by", "clerk.one"), obj=DATABASE)
        assert result.exit_code == 0, result.output
        assert f"{number}, A5, copy {serial}" in result.output
    with pikepdf.open(out) as made:
        assert list(made.attachments) == [f"{number}-0.cose"]
    refused = CliRunner().invoke(paper, office.words("ALX-MN1-2026-0000009-X", "--out", out, "--by", "clerk.one"), obj=DATABASE)
    assert refused.exit_code == 2
    assert "Traceback" not in refused.output
    assert not [path for path in Path(office.folder).iterdir() if path.name.startswith(".paper")]
