"""Stickers in bulk: of what is in force and in one's own authority, a few pages at a time, each noted as a copy."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import text

from issuer.register import history
from office.applications import issuing
from office.papers import prints
from seal import claims, wire
from tests.office.applications.conftest import Keys, unlocked
from tests.office.applications.workplace import shop
from tests.office.desk.house import House, faults, plain
from tests.office.papers.test_pdf import tool

__all__ = ["Keys", "unlocked"]


def licenses(house: House, many: int) -> list[str]:
    house.citizen()
    places = (f"31.2{701 + step}" for step in range(many))
    return [house.work.issued("shop.first", shop(trade_name=f"متجر {at}", latitude=at), actor=house.actor_of())[1] for at in places]


def codes_on(pdf: bytes, folder: Path) -> set[str]:
    """The numbers of the licenses whose codes are read from a page."""
    (folder / "s.pdf").write_bytes(pdf)
    tool("pdftoppm", "-r", "200", "-gray", "-singlefile", folder / "s.pdf", folder / "s")
    with Image.open(folder / "s.pgm") as page:
        found = zxingcpp.read_barcodes(page.convert("L"))
    read = [claims.from_bytes(wire.token(each.text).payload) for each in found]
    return {held.number_in("ALX") for held in read}


def test_stickers_of_what_a_search_finds_are_printed_and_noted(house: House, tmp_path: Path) -> None:
    numbers = licenses(house, 3)
    history.change(house.context.engine, numbers[2], "suspended", reason="danger", now=house.now)
    clerk, elsewhere = house.staff("mona", ("MN1", "clerk")), house.staff("hany", ("SHQ", "clerk"))
    page = clerk.get("/centre/stickers?q=متجر").text
    assert page.count('name="number"') == 2 and "غير سارٍ" in page, "one that is suspended gets none"
    answer = clerk.post("/centre/stickers", 200, number=numbers, grid="12")
    assert answer.mimetype == "application/pdf"
    with pikepdf.open(io.BytesIO(answer.data)) as pdf:
        (sheet,) = pdf.pages
        assert [round(float(side) * 25.4 / 72) for side in sheet.mediabox][2:] == [210, 297]
    assert codes_on(answer.data, tmp_path) == set(numbers[:2]), "each is read from the page, and no other"
    with house.context.engine.connect() as connection:
        noted = [prints.of(connection, number) for number in numbers]
    assert [[(each.size, each.serial, each.by) for each in of] for of in noted] == [[("ST", 1, "mona")], [("ST", 1, "mona")], []]
    assert "طُبع من قبل" in clerk.get("/centre/stickers?q=متجر").text and "ملصق" in plain(clerk.get(f"/centre/licenses/{numbers[0]}").text)

    assert "stickers_none" in faults(elsewhere.post("/centre/stickers", 422, number=numbers, grid="12").text), "another authority's"
    assert 'name="number"' not in elsewhere.get("/centre/stickers?q=متجر").text
    assert "size_unknown" in faults(clerk.post("/centre/stickers", 422, number=numbers, grid="A4").text)
    assert "stickers_none" in faults(clerk.post("/centre/stickers", 422, number=["x", "\0"], grid="24").text)
    forged = clerk.http.post("/centre/stickers", data={"form": "0" * 64, "number": numbers, "grid": "12"})
    assert forged.status_code == 403
    with house.context.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM print")) == 2, "nothing is noted that is not printed"


def test_a_sticker_is_no_copy_that_somebody_paid_for(house: House) -> None:
    (number,) = licenses(house, 1)
    asked = house.work.submitted("shop.paper_copy", {"license": number, "paper": "A5", "copies": "1"}, actor=house.actor_of())
    house.work.pay(asked)
    house.work.do("approve", asked)
    with house.context.engine.begin() as connection:
        prints.note(connection, number, size=prints.STICKER, by="mona", now=house.now + 1)
    with pytest.raises(Exception, match="not_printed"):
        issuing.issue(house.context.engine, house.context.office(), asked, sealer=house.clerk.sealer, now=house.now + 2)


def test_no_more_than_a_few_pages_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from office.licenses import stickers

    numbers = licenses(house, 3)
    monkeypatch.setattr(stickers, "MOST", 2)
    clerk = house.staff("mona", ("MN1", "clerk"))
    clerk.post("/centre/stickers", 200, number=numbers, grid="24")
    with house.context.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM print")) == 2
