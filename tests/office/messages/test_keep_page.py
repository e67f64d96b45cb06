"""What the link in a message opens: the code to keep, as a picture and as a paper; and to whom else it opens nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from sqlalchemy import select

from issuer.register import history
from office.messages import links
from office.messages.tables import links as kept_links
from office.messages.tables import messages
from qr.read import read
from seal import wire
from tests.issuer import offices
from tests.issuer.offices import HOST
from tests.office.applications.conftest import Keys, unlocked
from tests.office.applications.workplace import shop
from tests.office.desk.house import House
from tests.office.papers.pdfa import faults

__all__ = ["unlocked"]


@pytest.fixture
def house(tmp_path: Path, unlocked: Keys, database_url: str) -> Iterator[House]:
    made, clerk, _ = unlocked
    opened = House(offices.furnish(tmp_path / "office", made, database_url).folder, database_url, clerk)
    yield opened
    opened.close()


@pytest.fixture
def license_number(house: House) -> str:
    """A license whose holder was told."""
    return house.work.issued("shop.first", shop(), now=house.now)[1]


def link(house: House) -> str:
    """The path in the newest message."""
    with house.context.engine.connect() as connection:
        text = connection.scalar(select(messages.c.text).where(messages.c.event.like("%/issued")).order_by(messages.c.id.desc()).limit(1))
    found = re.findall(r"https?://\S+", text or "")
    assert len(found) == 1 and found[0].startswith(f"https://{HOST}/k/"), text
    return str(found[0]).removeprefix(f"https://{HOST}")


def sealed(house: House, number: str) -> str:
    return wire.write(history.show(house.context.engine, number).message, HOST)


def test_the_page_has_the_code_as_a_picture_and_as_a_paper(house: House, license_number: str) -> None:
    anybody, path = house.client(), link(house)
    page = anybody.get(path)
    assert "مخبز الأمل" in page.text
    for file in re.findall(r'(?:href|src)="(/k/(?!static/)[^"]+)"', page.text):
        anybody.get(file.replace("&amp;", "&"), 302 if "lang=" in file else 200)
    shown = anybody.get(f"{path}/license.png")
    picture = cv2.imdecode(np.frombuffer(shown.data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert list(read(picture, ours=wire.ours)) == [sealed(house, license_number)]
    assert re.search(rf'src="{path}/license\.png', page.text)
    for size in ("A4", "A5"):
        assert f"{path}/license.pdf?size={size}" in page.text
        paper = anybody.get(f"{path}/license.pdf?size={size}").data
        assert faults(paper) == []
        with pikepdf.open(io.BytesIO(paper)) as opened:
            attached = opened.attachments[f"{license_number}-0.cose"].get_file().read_bytes()
        assert attached == history.show(house.context.engine, license_number).message.to_bytes()


def test_nobody_else_is_told_of_the_link(house: House, license_number: str) -> None:
    """Neither a cache on the way, nor the page that is opened next, nor a search engine."""
    for path in (link(house), link(house) + "/license.png"):
        answer = house.client().get(path)
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert "noindex" in answer.headers.get("X-Robots-Tag", "") or "noindex" in answer.text
    with house.context.engine.connect() as connection:
        kept = str(connection.execute(select(kept_links)).all())
    assert link(house).removeprefix("/k/") not in kept


def test_what_is_not_in_force_has_no_code_and_a_withdrawn_link_opens_nothing(house: House, license_number: str) -> None:
    anybody, path = house.client(), link(house)
    history.change(house.context.engine, license_number, "suspended", reason="test", now=house.now + 60)
    house.now += 120
    assert 'data-status="suspended"' in anybody.get(path).text
    for form in ("png", "svg", "pdf"):
        anybody.get(f"{path}/license.{form}", 404)
    with house.context.engine.begin() as connection:
        links.withdraw(connection, license_number, now=house.now)
    anybody.get(path, 404)


@pytest.mark.parametrize("token", ["", "x", "2" * 23, "2" * 22, "2" * 24, "%00" * 23, "٢" * 23, "../../centre/", "2" * 5000])
def test_a_token_that_was_not_given_opens_nothing(house: House, token: str) -> None:
    expected = 400 if "%00" in token else 404  # no address of anything holds a NUL
    for more in ("", "/license.png", "/license.pdf?size=A4"):
        house.client().get(f"/k/{token}{more}", expected)
