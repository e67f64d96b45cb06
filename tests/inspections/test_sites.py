"""The licensed sites that a phone is given: its own authority's, signed, and nobody else's."""

from __future__ import annotations

from dataclasses import replace

from werkzeug.test import TestResponse

from inspections.devices import standing
from inspections.web.app import create_app
from inspections.web.context import InspectionsContext
from tests.inspections.phone import API, Phone
from tests.inspections.street import Street

FILES = {"MID": b"\xd2 of MID", "MID.changes": b"\xd2 since", "AGM": b"\xd2 of AGM"}


def test_a_phone_gets_its_own_authority_s_sites(street: Street, phone: Phone) -> None:
    folder = street.world.folder / "sites"
    settings = replace(street.settings, sites=folder)
    client = create_app(settings, InspectionsContext(settings)).test_client()

    def get(path: str, **headers: str) -> TestResponse:
        with client.get(f"{API}{path}", headers=headers) as response:
            response.get_data()
            return response

    mine = {"Authorization": f"Bearer {phone.token}"}
    assert get("/sites", **mine).status_code == 404  # nothing was published yet
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    whole = get("/sites", **mine)
    assert (whole.data, whole.mimetype, whole.headers["Cache-Control"]) == (FILES["MID"], "application/cose", "private, no-cache")
    assert get("/sites", **mine, **{"If-None-Match": whole.headers["ETag"]}).status_code == 304
    assert get("/sites/changes", **mine).data == FILES["MID.changes"]
    for path in ("/sites/AGM", "/sites/../AGM", "/sites?authority=AGM"):
        assert FILES["AGM"] not in get(path, **mine).data
    with street.engine.begin() as connection:
        standing.lost(connection, phone.kid, since=street.now, by="console", now=street.now)
    assert get("/sites", **mine).status_code == 403, "a lost phone is told no more"
    strangers: tuple[dict[str, str], ...] = ({}, {"Authorization": "Bearer " + "x" * 43})
    assert [get("/sites", **stranger).status_code for stranger in strangers] == [401, 401]


def test_without_the_folder_there_are_none(street: Street, phone: Phone) -> None:
    assert phone.ask("GET", "/sites")[0] == 404
