"""Types, names and areas after the keys were made: from the policy to what a verifier, a page and a phone say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import khatm
from governorate import folder, licensed, violations
from issuer.register import history
from keys.custody import Custody
from published import read_root
from seal import trust, wire
from tests.issuer.offices import HOST, NOW, SECONDS, Office, row
from tests.twin.asking import Asker, milliseconds
from tests.twin.conftest import ask, node  # noqa: F401 - fixtures
from verifier.app import create_app
from verifier.settings import Settings
from web import clock as clock_

#: Montaza 1 without its east, where the usual bakery is.
WEST = [[29.962, 31.236], [29.99, 31.2264], [29.99, 31.284], [29.962, 31.262], [29.962, 31.236]]
IN_WEST = {"latitude": "31.250031", "longitude": "29.980012", "trade_name": "محل الغرب"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ceremony's clock stands an hour before the tests' noon, and a minute further at each look."""
    ticks = iter(range(SECONDS - 3500, SECONDS, 60))
    monkeypatch.setattr(clock_, "seconds", lambda: next(ticks))


def keys(office: Office, *words: str | Path, exit_code: int = 0, **more: Any) -> str:
    """Run a command of the ceremony."""
    secret = ["--passphrase-file", str(office.folder / "passphrase")] if words[0] != "list" else []
    result = CliRunner().invoke(khatm.main, ["keys", *map(str, words), "--keys", str(office.folder / "keys"), *secret], **more)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert result.exit_code == exit_code, result.output
    return result.output


def sign(office: Office) -> None:
    keys(office, "trust-list", "sign", "--published", office.folder / "published", input="y\n" * 99)
    office.run("publish")


def sealed(office: Office, *, refused: str = "", **fields: str) -> str:
    """Issue one license, and return the text of its code."""
    out = office.folder / f"out-{len(list(office.folder.glob('out-*')))}"
    told = office.run("issue", office.write("one.csv", [row(**fields)]), "--out", out).output
    if refused:
        assert refused in told, told
        return ""
    assert "1 issued" in told, told
    (card,) = out.glob("*.card.svg")
    office.run("publish")
    with office.locations.engine() as engine:
        return wire.write(history.show(engine, card.name.removesuffix(".card.svg")).message, HOST)


def catalogue_json() -> dict[str, Any]:
    """What Alexandria licenses, as JSON has it."""
    held = licensed.default()
    types = {code: {**each.name, "requires": list(each.requires), "longest_days": each.longest_days} for code, each in held.types.items()}
    return {"types": types, "activities": {code: dict(name) for code, name in held.activities.items()}}


def areas(office: Office, **outlines: list[list[float]]) -> Path:
    """The file of areas with other outlines for some authorities."""
    value = json.loads((folder.shipped() / folder.AREAS).read_text("utf-8"))
    for feature in value["features"]:
        if (outline := outlines.get(feature["properties"]["code"])) is not None:
            feature["geometry"]["coordinates"] = [outline]
    path = office.folder / "areas.geojson"
    path.write_text(json.dumps(value), "utf-8")
    return path


def said(office: Office, text: str) -> tuple[str, list[str]]:
    """What a verifier says: the decision and what failed."""
    verdict = office.verdict(text, check_site=False)
    return verdict.decision, [each.code for each in verdict.findings if each.outcome == "failed"]


def test_nothing_differs_from_the_files_that_the_keys_were_made_of(office: Office) -> None:
    before = (office.folder / "keys/policy.json").read_bytes()
    assert "nothing differs" in keys(office, "update", "--areas", areas(office))
    assert (office.folder / "keys/policy.json").read_bytes() == before


def test_a_license_sealed_before_its_area_shrank_keeps_its_verdict(office: Office, ask: Asker) -> None:  # noqa: F811
    old = sealed(office)
    assert said(office, old) == ("valid", [])
    smaller = areas(office, MN1=WEST)
    kids = Custody(office.folder / "keys").kids("license", "MN1")
    told = keys(office, "update", "--areas", smaller, "--yes", exit_code=2)
    assert "leaves ground out" in told and "key_narrowed" in told
    keys(office, "update", "--areas", smaller, "--replace-keys", "--yes")
    sign(office)
    assert said(office, old) == ("valid", []), "its key has the area that it had"
    sealed(office, trade_name="آخر", refused="site_outside_authority")
    new = sealed(office, **IN_WEST)
    assert said(office, new) == ("valid", [])
    (kid,) = Custody(office.folder / "keys").kids("license", "MN1")
    assert [kid] != kids
    assert phone(office, ask, [old, new]) == ["valid", "valid"]


def test_a_key_narrowed_in_place_would_have_failed_what_it_sealed(office: Office) -> None:
    """Why a key ends instead: the rule looks at the key as the newest list has it."""
    old = sealed(office)
    custody = Custody(office.folder / "keys")
    (kid,) = custody.kids("license", "MN1")
    custody.policy["keys"][kid.hex()]["area"] = [[latitude, longitude] for longitude, latitude in WEST[:-1]]
    custody.save()
    sign(office)
    assert said(office, old) == ("invalid", ["site_outside_area"])


def phone(office: Office, ask: Asker, texts: list[str]) -> list[str]:  # noqa: F811
    """What the JavaScript twin, which phones run, decides by the published files."""
    folder, root = office.folder / "published", read_root(office.folder / "keys/root.jwk")
    x, y = trust.coordinates(root.public_key)
    lists = [path.read_bytes().hex() for path in sorted((folder / "status").iterdir()) if path.suffix == ""]
    pinned = {"kid": root.kid.hex(), "x": x.hex(), "y": y.hex(), "floor_sequence": 1}
    world = {"ask": "world", "name": "here", "root": pinned, "trust": (folder / "trust-list").read_bytes().hex(), "status": lists}
    judged = [{"ask": "judge", "world": "here", "text": text, "now": milliseconds(NOW), "fix": None, "check_site": False} for text in texts]
    return [answer["object"]["decision"] for answer in ask([world, *judged])[1:]]


def test_ground_that_is_added_needs_no_new_key(office: Office) -> None:
    sealed(office, latitude="31.240031", longitude="30.030012", refused="site_outside_authority")
    outline = [[29.962, 31.236], [30.003, 31.222], [30.05, 31.222], [30.034, 31.268], [30.03, 31.296], [30.0, 31.292], [29.962, 31.262]]
    before = Custody(office.folder / "keys").kids("license", "MN1")
    told = keys(office, "authority", "change", "MN1", "--area", areas(office, MN1=[*outline, outline[0]]), "--yes")
    assert "covers the old one" in told and "new key" not in told
    sign(office)
    assert said(office, sealed(office, latitude="31.240031", longitude="30.030012")) == ("valid", [])
    assert Custody(office.folder / "keys").kids("license", "MN1") == before


def test_types_are_narrowed_by_another_key_and_widened_in_place(office: Office) -> None:
    poster = {"type": "advertisement", "width_m": "4", "height_m": "3", "valid_until": "2027-02-28", "trade_name": "لوحة"}
    old = sealed(office, **poster)
    assert "key_narrowed" in keys(office, "authority", "change", "MN1", "--type", "shop", "--yes", exit_code=2)
    keys(office, "authority", "change", "MN1", "--type", "shop", "--replace-keys", "--yes")
    sign(office)
    assert said(office, old) == ("valid", [])
    sealed(office, **poster | {"trade_name": "لوحة ثانية"}, refused="type_not_permitted")
    shop = sealed(office)
    (kid,) = Custody(office.folder / "keys").kids("license", "MN1")
    told = keys(office, "authority", "change", "MN1", "--type", "shop", "--type", "advertisement", "--yes")
    assert "may seal advertisement" in told
    sign(office)
    assert Custody(office.folder / "keys").kids("license", "MN1") == [kid]
    assert said(office, sealed(office, **poster | {"trade_name": "لوحة ثانية"})) == ("valid", [])
    assert said(office, shop) == ("valid", [])


def test_new_names_are_on_the_page_of_a_license_that_hangs(office: Office) -> None:
    text = sealed(office)
    value = catalogue_json()
    value["types"]["shop"]["ar"] = "محل تجاري"
    value["types"]["kiosk"] = {"ar": "كشك", "en": "Kiosk", "requires": [], "longest_days": 366}
    (catalogue := office.folder / "catalogue.json").write_text(json.dumps(value), "utf-8")
    told = keys(office, "update", "--catalogue", catalogue, "--yes")
    assert "type kiosk: new: كشك / Kiosk, up to 366 days" in told and "MN1: may seal kiosk, up to 366 days" in told
    keys(office, "authority", "change", "MN1", "--name-ar", "حي المنتزه القديم", "--yes")
    settings = Settings(published=office.folder / "published", root=office.folder / "keys/root.jwk", now=lambda: NOW, check_seconds=0)
    page = create_app(settings).test_client()
    assert "حي المنتزه القديم" not in page.get("/" + text.rsplit("/", 1)[1]).text, "it counts once it is signed"
    sign(office)
    shown = page.get("/" + text.rsplit("/", 1)[1]).text
    assert "حي المنتزه القديم" in shown and "محل تجاري" in shown
    lists = office.lists().trust
    assert lists.types["kiosk"] == {"ar": "كشك", "en": "Kiosk"}
    assert all(key.types["kiosk"] == 366 for key in lists.keys.values() if "license" in key.roles)
    assert said(office, text) == ("valid", [])


def test_a_type_is_removed_only_by_name_and_its_name_stays_for_what_hangs(office: Office) -> None:
    text = sealed(office)
    value = catalogue_json()
    del value["types"]["shop"]
    (catalogue := office.folder / "catalogue.json").write_text(json.dumps(value), "utf-8")
    told = keys(office, "update", "--catalogue", catalogue)
    assert "type shop: not in the file; it stays" in told and "nothing differs" in told
    assert "type_named" in keys(office, "update", "--remove-type", "shop", exit_code=2), "the program's own file has it"
    words = ("update", "--catalogue", catalogue, "--remove-type", "shop")
    assert "key_narrowed" in keys(office, *words, "--yes", exit_code=2)
    keys(office, *words, "--replace-keys", "--yes")
    assert "nothing differs" in keys(office, "update", "--catalogue", catalogue), "and it is not told of again"
    sign(office)
    assert said(office, text) == ("valid", [])
    assert office.lists().trust.types["shop"]["en"] == "Public shop"
    sealed(office, trade_name="آخر", refused="type_not_permitted")
    assert "type_unknown" in keys(office, "authority", "change", "MN1", "--type", "shop", "--yes", exit_code=2)


def test_without_consent_nothing_is_written(office: Office) -> None:
    before = (office.folder / "keys/policy.json").read_bytes()
    for given in ("n\n", ""):
        assert "not_confirmed" in keys(office, "authority", "change", "GOV", "--name-en", "Governorate", exit_code=2, input=given)
    assert (office.folder / "keys/policy.json").read_bytes() == before
    keys(office, "authority", "change", "GOV", "--name-en", "Governorate", input="y\n")
    assert Custody(office.folder / "keys").policy["keys"]["01"]["name"]["en"] == "Governorate"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("authority", "change", "XYZ", "--name-en", "x"), "authority_unknown"),
        (("authority", "change", "GOV", "--type", "shop"), "authority_unknown"),
        (("authority", "change", "MN1", "--type", "kiosk"), "type_unknown"),
        (("update", "--remove-type", "kiosk"), "type_unknown"),
    ],
)
def test_what_is_not_there_is_refused(office: Office, words: tuple[str, ...], code: str) -> None:
    assert code in keys(office, *words, exit_code=2)


def test_the_files_of_another_governorate_are_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    giza = office.folder / "giza"
    shutil.copytree(folder.shipped(), giza)
    (giza / folder.IDENTITY).write_text("prefix: GIZ\nar: محافظة الجيزة\nen: Giza Governorate\n", "utf-8")
    monkeypatch.setenv(folder.SETTING, str(giza))
    assert "governorate_other" in keys(office, "update", exit_code=2)


def test_an_outline_that_crosses_itself_is_refused(office: Office) -> None:
    bow = [[29.9, 31.2], [30.0, 31.3], [30.0, 31.2], [29.9, 31.3], [29.9, 31.2]]
    told = keys(office, "update", "--areas", areas(office, MN1=bow), exit_code=2)
    assert "areas.geojson:1: an outline that does not cross itself" in told


def test_a_key_that_gives_way_seals_until_the_list_has_been_carried_to_the_office(office: Office) -> None:
    """Whoever has not got the new list yet still seals with the old key: that must not turn red."""
    trusted = office.clerk()
    keys(office, "update", "--areas", areas(office, MN1=WEST), "--replace-keys", "--yes")
    keys(office, "trust-list", "sign", "--published", office.folder / "published", input="y\n" * 99)
    lists = office.lists().trust
    (old,) = [key for key in lists.keys.values() if key.authority == "MN1" and key.state == "retired"]
    assert lists.issued_at + 86_400 == old.not_after
    assert trusted.sealer.signers["MN1"][0] == old.kid
    keys(office, "trust-list", "sign", "--published", office.folder / "published", input="y\n" * 99)
    assert office.lists().trust.keys[old.kid].not_after == old.not_after, "the next list moves it no further"


def test_broken_off_after_the_new_key_it_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Custody) -> None:
        raise OSError(28, "No space left on device")

    smaller = areas(office, MN1=WEST)
    saved, calls = Custody.save, []

    def second_fails(self: Custody) -> None:
        calls.append(1)
        (saved if len(calls) == 1 else fails)(self)

    with monkeypatch.context() as patched:
        patched.setattr(Custody, "save", second_fails)
        assert "disk" in keys(office, "update", "--areas", smaller, "--replace-keys", "--yes", exit_code=2)
    assert len(Custody(office.folder / "keys").kids("license", "MN1")) == 2
    told = keys(office, "update", "--areas", smaller, "--replace-keys", "--yes")
    assert "a new key begins" not in told
    (kid,) = Custody(office.folder / "keys").kids("license", "MN1")
    keys(office, "trust-list", "sign", "--published", office.folder / "published", input="y\n" * 99)
    sealed(office, refused="site_outside_authority")
    assert said(office, sealed(office, **IN_WEST)) == ("valid", [])
    assert office.clerk().sealer.signers["MN1"][0] == kid


def test_a_second_key_of_an_authority_is_asked_for(office: Office) -> None:
    before = (office.folder / "keys/policy.json").read_bytes()
    for given in ("n\n", ""):
        told = keys(office, "authority", "add", "MN1", exit_code=2, input=given)
        assert "not_confirmed" in told and "MN1 has a key: " in told and "للجهة MN1 مفتاح" in told
    assert (office.folder / "keys/policy.json").read_bytes() == before
    assert "notice" not in keys(office, "authority", "add", "MN1", "--yes"), "its own area is no other authority's"
    assert len(Custody(office.folder / "keys").kids("license", "MN1")) == 2


def test_an_area_that_overlaps_another_authority_s_is_told_where_types_do_too(office: Office) -> None:
    custody = Custody(office.folder / "keys")
    area = next(entry["area"] for entry in custody.policy["keys"].values() if entry["authority"] == "MN1")
    ring = [[longitude, latitude] for latitude, longitude in [*area, area[0]]]
    feature = {"type": "Feature", "properties": {"code": "MN9"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    file = office.folder / "own.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    told = keys(office, "authority", "add", "MN9", "--area", file, "--type", "shop")
    assert "notice: two areas overlap" in told and "(MN9, MN1: shop)" in told
    custody = Custody(office.folder / "keys")
    for entry in custody.policy["keys"].values():
        entry["state"] = "active" if entry["authority"] == "MN9" else "retired"
    custody.save()
    feature["properties"] = {"code": "MN8"}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    assert "notice" not in keys(office, "authority", "add", "MN8", "--area", file, "--type", "building"), "MN9 seals shops alone"


def trusted(office: Office) -> trust.TrustList:
    return trust.verify((office.folder / "published/trust-list").read_bytes(), root=read_root(office.folder / "keys/root.jwk"))


def test_the_words_of_violations_reach_the_trust_list_of_keys_from_before_there_were_any(office: Office) -> None:
    custody = Custody(office.folder / "keys")
    assert custody.policy.pop("violations")
    custody.save()
    keys(office, "trust-list", "sign", "--published", office.folder / "published", input="y\n" * 99)
    assert trusted(office).violations == {}
    told = keys(office, "update", "--yes")
    named = {code: dict(kind.name) for code, kind in violations.default().items()}
    for code, name in named.items():
        assert f"violation {code}: new: {name['ar']} / {name['en']}" in told
    keys(office, "trust-list", "sign", "--published", office.folder / "published", input="y\n" * 99)
    assert trusted(office).violations == named
    custody = Custody(office.folder / "keys")
    custody.policy["violations"] |= {"of_before": {"ar": "قديمة", "en": "Of before"}, "unsafe": {"ar": "خطر", "en": "Unsafe"}}
    custody.save()
    told = keys(office, "update", "--yes")
    assert "violation of_before" in told and "violation unsafe: خطر / Unsafe  ->  " in told
    keys(office, "trust-list", "sign", "--published", office.folder / "published", input="y\n" * 99)
    assert trusted(office).violations == named | {"of_before": {"ar": "قديمة", "en": "Of before"}}, "as in notices given"
