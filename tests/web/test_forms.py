"""Bodies of requests: real files arrive whole, and a refusal is heard out.

Noise is what failed: a JPEG's octets are mixed, so that now and then a piece ends in CR or LF, which may begin a boundary. Constant octets
never did.
"""

import hashlib
import io
import random

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from tests.conftest import ROOT
from tests.qr import phone
from web import forms

MOST = 10 << 20


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    app = Flask(__name__)
    forms.limit(app, most_octets=MOST + 64 * 1024, parts=8)

    @app.post("/")
    def take() -> str:
        return hashlib.sha256(request.files["file"].read()).hexdigest() + request.form["beside"]

    return app.test_client()


def sent(client: FlaskClient, content: bytes) -> str:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.jpg"\r\n\r\n' + content
    body += b'\r\n--b\r\nContent-Disposition: form-data; name="beside"\r\n\r\nhere\r\n--b--\r\n'
    answer = client.post("/", data=body, content_type="multipart/form-data; boundary=b")
    return answer.text if answer.status_code == 200 else str(answer.status_code)


def test_noise_of_every_size_arrives_whole(client: FlaskClient) -> None:
    """300 files from 50 KB to 10 MB: pieces of one noise-like JPEG, at every offset, as a parser meets them."""
    chance = random.Random(1)
    noise = b"".join(phone.noisy((2200, 1700), seed=seed, quality=97) for seed in (1, 2))
    assert len(noise) > MOST
    for number in range(300):
        size = round(50_000 * (MOST / 50_000) ** chance.random() ** 3)
        start = chance.randrange(len(noise) - size + 1)
        content = noise[start : start + size]
        assert sent(client, content) == hashlib.sha256(content).hexdigest() + "here", (number, size, start)


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\r\n-", b"\r\n--", b"--b"])
def test_what_may_begin_a_boundary_is_held_back_without_harm(client: FlaskClient, end: bytes) -> None:
    for before in range(65_400, 65_540, 7):
        content = bytes(before) + end + bytes(200_000)
        assert sent(client, content) == hashlib.sha256(content).hexdigest() + "here", before


def test_a_field_and_a_body_have_limits(client: FlaskClient) -> None:
    assert client.post("/", data={"beside": "x" * (forms.MEMORY_LEAST + 1)}, content_type="multipart/form-data").status_code == 413
    assert sent(client, bytes(MOST + 200_000)) == "413"


def test_less_memory_than_files_need_is_refused() -> None:
    with pytest.raises(ValueError, match="needs"):
        forms.limit(Flask(__name__), most_octets=MOST, memory=64 * 1024, parts=8)


def test_no_other_module_bounds_a_form() -> None:
    """Both web apps, and whatever comes after them, take their limits from one place."""
    packages = ("accounts", "demo", "inspections", "inspector_app", "issuer", "office", "verifier", "web")
    modules = (path for name in packages for path in (ROOT / name).rglob("*.py"))
    assert {path.relative_to(ROOT).as_posix() for path in modules if "MAX_FORM" in path.read_text()} == {"web/forms.py"}


class Body(io.BytesIO):
    """A body that counts what was read of it."""


def heard(environ: dict[str, object], body: bytes) -> int:
    """How much of a body was read by the time that an application which wanted none of it answered."""
    stream = Body(body)
    whole = forms.Whole(lambda environ, start: [b"no"])  # type: ignore[arg-type, return-value]
    list(whole({"wsgi.input": stream, "wsgi.input_terminated": True, **environ}, lambda *_: None))  # type: ignore[arg-type, return-value]
    return stream.tell()


def test_a_body_that_nobody_wanted_is_read_before_the_answer() -> None:
    assert heard({"CONTENT_LENGTH": "300000"}, bytes(300_000)) == 300_000
    assert heard({"HTTP_TRANSFER_ENCODING": "chunked"}, bytes(300_000)) == 300_000
    assert heard({}, bytes(300_000)) == 0


def test_a_body_without_an_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert heard({"CONTENT_LENGTH": str(10**12)}, bytes(300_000)) == 0
    monkeypatch.setattr(forms, "DISCARDED_MOST", 200_000)
    assert 200_000 <= heard({"HTTP_TRANSFER_ENCODING": "chunked"}, bytes(1_000_000)) < 300_000
    monkeypatch.setattr(forms, "DISCARDED_SECONDS", -1)
    assert heard({"CONTENT_LENGTH": "100000"}, bytes(100_000)) == 0
