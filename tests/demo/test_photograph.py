"""Cards as hands photograph them."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from demo import photograph
from qr import picture
from qr.read import read_all
from qr.write import encode
from seal import claims, wire
from tests.world import HOST, World


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Image.Image]:
    world = World(Path(tmp_path_factory.mktemp("world")))
    text = world.seal(world.license(trade_name="شركة الإسكندرية الدولية لتجارة وتوزيع الأدوات المنزلية والكهربائية"))
    held = claims.from_bytes(wire.token(text).payload)
    return text, photograph.card(encode(text), held, world.load().trust, host=HOST)


@pytest.mark.parametrize("seed", range(5))
def test_the_code_is_read_in_every_photograph(card: tuple[str, Image.Image], seed: int) -> None:
    text, printed = card
    photo = photograph.take(printed, seed=seed)
    assert read_all(picture.parse(photo), ours=wire.ours) == (text,)


def test_a_photograph_is_a_jpeg_and_not_the_card_itself(card: tuple[str, Image.Image]) -> None:
    photo = Image.open(BytesIO(photograph.take(card[1])))
    assert (photo.format, photo.size) == ("JPEG", photograph.PHOTO)
    # Tilted: the card's white touches no picture corner.
    assert all(max(photo.getpixel(corner)) < 240 for corner in ((0, 0), (1599, 0), (0, 1199), (1599, 1199)))


def test_the_same_seed_gives_the_same_photograph(card: tuple[str, Image.Image]) -> None:
    assert photograph.take(card[1], seed=3) == photograph.take(card[1], seed=3)
    assert photograph.take(card[1], seed=3) != photograph.take(card[1], seed=4)
