"""Documents that people attach, through the office as it really runs: photographs up to the limit, and a page beyond it."""

import http.client
import random
from pathlib import Path

from tests.office.applications.workplace import shop
from tests.office.desk.house import House
from tests.qr import phone
from tests.verifier.served import gunicorn


def environment_of(house: House) -> dict[str, str]:
    """What makes gunicorn serve this house."""
    settings = house.settings
    named = {"REGISTER": settings.register, "PUBLISHED": settings.published, "ROOT": settings.root, "DOCUMENTS": settings.documents}
    return {f"KHATM_OFFICE_{name}": str(value) for name, value in {**named, "HTTPS": "no"}.items()}


def attached(port: int, path: str, content: bytes) -> tuple[int, str]:
    """Send a document as a browser does, all of it before anything is read; somebody who is not signed in may try."""
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.jpg"\r\n\r\n' + content + b"\r\n--b--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, body, {"Content-Type": "multipart/form-data; boundary=b"})
    answer = connection.getresponse()
    told = answer.status, answer.read().decode()
    connection.close()
    return told


def test_whoever_sends_too_much_sees_a_page(house: House, tmp_path: Path) -> None:
    with gunicorn("office.desk.wsgi", tmp_path / "log", environment=environment_of(house), workers=1) as (port, _):
        for path in ("/apply/1/attach", "/centre/apply/1/attach", "/sign-in"):
            for size in (11 << 20, 40 << 20):
                status, page = attached(port, path, bytes(size))
                assert status in (403, 404, 413), page
                assert "</html>" in page and 'data-code="' in page


def test_a_photograph_is_attached_up_to_the_limit(house: House) -> None:
    """Noise as a sensor gives it, several pieces long: it was the small limit of the form that refused it."""
    citizen, chance = house.citizen(), random.Random(5)
    draft = house.work.draft("shop.first", {**shop(), "authority": "MN1"}, actor=house.actor_of())
    for seed in range(6):
        side = (chance.randrange(500, 2600), chance.randrange(500, 1800))
        photo = phone.noisy(side, seed=seed, quality=85)
        citizen.post(f"/apply/{draft}/attach", 303, file=(photo, "photo.jpg"), code="identity")
