"""/.well-known/security.txt (RFC 9116)."""

import dataclasses
from datetime import datetime, timedelta

from verifier.app import create_app
from verifier.security import PATH
from verifier.settings import Settings

CONTACTS = ("mailto:security@khatm.example", "https://khatm.example/report")


def test_it_names_the_contacts_and_a_day_to_come(settings: Settings) -> None:
    answer = create_app(dataclasses.replace(settings, security_contacts=CONTACTS)).test_client().get(PATH)
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; charset=utf-8"
    fields = [tuple(line.split(": ", 1)) for line in answer.text.splitlines()]
    assert [value for name, value in fields if name == "Contact"] == list(CONTACTS)
    (expires,) = [datetime.fromisoformat(value) for name, value in fields if name == "Expires"]
    assert timedelta(days=30) < expires - settings.now() < timedelta(days=365)
    assert ("Preferred-Languages", "ar, en") in fields
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_without_a_contact_there_is_none(settings: Settings) -> None:
    assert create_app(settings).test_client().get(PATH).status_code == 404
