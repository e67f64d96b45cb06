"""The phone app without a network: it opens, it judges, it knows how old its lists are, and nobody rolls it back or swaps its root."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

import published
from keys import fingerprints
from maps import town
from seal import cose, days, roots, sentences, status
from seal.area import Area
from seal.site import Point
from seal.trust import TrustList
from tests import roots as made
from tests.inspector_app import street as streets
from tests.inspector_app.street import Street, film, judged, kept_for_offline, opened, paste, phone, photographed, refresh, scan, wall
from tests.world import ROOT_KID, World

DAY = 86_400
OPENS_MS = 1000
GROUND = Area([Point(31.19, 29.91), Point(31.21, 29.91), Point(31.21, 29.93), Point(31.19, 29.93)])
OK = [sentences.say(f"{check}_ok", "ar") for check in ("format", "issuer", "signature", "scope", "dates", "status")]


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    with Street(tmp_path) as served:
        yield served


def expect_band(page: Page, band: str) -> None:
    expect(page.locator("#lists-chip")).to_have_class(f"chip {band}")


def test_the_same_verdict_after_the_server_stopped_and_after_a_reload(playwright: Playwright, street: Street, tmp_path: Path) -> None:
    seeing = streets.launch(playwright, film(tmp_path / "camera.mjpeg", [photographed(street, street.shop)]))
    page = opened(phone(seeing), street)
    assert scan(page) == ("valid", "site_here")
    kept_for_offline(page)
    street.stop()
    page.locator("#next").click()
    judged(page, "valid", "site_here")
    page.reload()
    judged(page, "valid", "site_here")  # scanning was begun once, so the camera opens by itself
    assert page.locator(".why li p").all_inner_texts()[:6] == OK
    expect(page.locator("#content")).to_contain_text("ALX-MID-2026-0000001-C")
    seeing.close()


def test_it_opens_without_a_network_within_a_second(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    page = opened(context, street)
    kept_for_offline(page)
    street.stop()
    again = context.new_page()
    again.goto(street.app)
    again.locator("html[data-ready]").wait_for(state="attached")
    expect(again.locator("#start")).to_be_visible()
    ready = again.evaluate("performance.getEntriesByName('ready')[0].startTime")
    assert 0 < ready < OPENS_MS
    assert refresh(again).startswith("تعذر التحديث")
    context.close()


def test_a_revocation_reaches_the_open_verdict(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    page = opened(context, street)
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    street.world.set_status(street.shop, status.INVALID)
    page.evaluate("dispatchEvent(new Event('online'))")
    judged(page, "invalid", "revoked")
    expect(page.locator("#announcement")).to_contain_text(sentences.say("revoked", "ar"))
    context.close()


def test_it_looks_for_new_lists_when_it_is_shown_again(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    page = opened(context, street)
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    street.world.set_status(street.shop, status.SUSPENDED)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    judged(page, "invalid", "suspended")
    context.close()


@pytest.mark.parametrize(
    ("age", "chip", "decision", "reason"),
    [(timedelta(days=2), "ageing", "valid", "site_here"), (timedelta(days=8), "stale", "undecided", "status_list_stale")],
)
def test_the_age_of_the_lists_stands_on_the_verdict(
    chromium: Browser, tmp_path: Path, age: timedelta, chip: str, decision: str, reason: str
) -> None:
    with Street(tmp_path, age=age) as old:
        context = phone(chromium)
        page = opened(context, old)
        expect_band(page, chip)
        paste(page, old.shop)
        judged(page, decision, reason)
        expect(page.locator(".card .age")).to_have_attribute("data-band", chip)
        expect(page.locator(".card .age b")).to_have_text("القوائم منذ " + ("يومين" if age.days == 2 else "8 أيام"))
        refresh(page)
        expect(page.locator("[data-band]")).to_have_attribute("data-band", chip)
        paste(page, old.shop)
        context.set_offline(True)
        page.locator(".card .refresh").click()
        expect(page.locator(".card .age .progress")).to_contain_text("تعذر التحديث")
        with page.expect_response("**/status/1"):
            context.set_offline(False)
        page.locator("html[data-refreshing]").wait_for(state="detached")
        expect(page.locator(".card .age .progress")).to_be_empty()
        old.world.publish_status(iat=days.seconds_of(old.world.now + age))
        page.locator(".card .refresh").click()
        if chip == "ageing":
            expect(page.locator(".card .age")).to_have_count(0)
        judged(page, "valid", "site_here")
        context.close()


def test_lists_are_fetched_every_hour_while_the_app_is_in_front(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    page = opened(context, street, clocked=True)
    expect_band(page, "fresh")
    page.locator("html[data-refreshing]").wait_for(state="detached")
    street.world.set_status(street.shop, status.SUSPENDED)
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    with page.expect_response("**/status/1"):
        page.clock.fast_forward("01:04:00")
    judged(page, "invalid", "suspended")
    streets.hide(page)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page.clock.fast_forward("03:00:00")
    page.wait_for_timeout(200)
    assert asked == [], "a phone in a pocket asks for nothing"
    context.close()


def test_without_any_lists_there_is_no_verdict(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    context.route("**/.well-known/**", lambda route: route.abort())
    page = opened(context, street)
    expect_band(page, "none")
    paste(page, street.shop)
    judged(page, "undecided", "trust_list_missing")
    context.unroute("**/.well-known/**")
    page.evaluate("dispatchEvent(new Event('online'))")
    judged(page, "valid", "site_here")
    context.close()


@pytest.mark.parametrize(("shift", "decision", "reason"), [(-DAY, "undecided", "clock_disagrees"), (DAY, "valid", "site_here")])
def test_a_clock_wrong_by_a_day_is_noticed(chromium: Browser, street: Street, shift: int, decision: str, reason: str) -> None:
    context = phone(chromium)
    context.add_init_script(streets.shifted_clock(shift))
    page = opened(context, street)
    expect(page.locator(".chips .chip.stale").first).to_have_text("اضبط ساعة الهاتف")
    paste(page, street.shop)
    judged(page, decision, reason)
    page.evaluate("location.hash = '#lists'")
    expect(page.locator("#clock")).to_contain_text("متقدمة 24 ساعة" if shift > 0 else "متأخرة")
    context.close()


def test_old_lists_do_not_bring_a_revoked_license_back(chromium: Browser, street: Street) -> None:
    old = (street.world.folder / "status/1").read_bytes()
    street.world.statuses[1] = status.INVALID
    street.world.publish_status(iat=days.seconds_of(street.world.now))
    context = phone(chromium)
    page = opened(context, street)
    paste(page, street.shop)
    judged(page, "invalid", "revoked")
    published.write(street.world.folder, {"status/1": old})
    refresh(page)
    expect(page.locator("[data-fault]")).to_have_attribute("data-fault", "status_list_older")
    page.reload()  # the memory outlives the page
    page.locator("html[data-ready]").wait_for(state="attached")
    paste(page, street.shop)
    judged(page, "invalid", "revoked")
    context.close()


def test_what_a_fast_publisher_signed_is_ignored_and_forgotten(chromium: Browser, street: Street) -> None:
    """Neither used nor kept: the list of before goes on, after a reload too, and the next right one counts."""
    context, world = phone(chromium), street.world
    page = opened(context, street)
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    world.statuses[1] = status.INVALID
    world.publish_status(iat=days.seconds_of(world.now) + 365 * DAY)
    refresh(page)
    fault = page.locator("[data-fault]")
    expect(fault).to_have_attribute("data-fault", "status_list_ahead")
    expect(fault).to_contain_text("ساعة الناشر متقدمة")
    page.reload()
    page.locator("html[data-ready]").wait_for(state="attached")
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    world.publish_status(iat=days.seconds_of(world.now))
    refresh(page)
    expect(fault).to_have_count(0)
    paste(page, street.shop)
    judged(page, "invalid", "revoked")
    context.close()


def swap_root(street: Street, folder: Path) -> World:
    """Another root takes over the host: its key, its lists."""
    usurper = World(folder, now=street.world.now)
    shutil.copyfile(usurper.root_file, street.world.root_file)
    for name in ("trust-list", "status/1"):
        published.write(street.world.folder, {name: (usurper.folder / name).read_bytes()})
    return usurper


def test_another_root_counts_only_with_the_code_from_the_office(chromium: Browser, street: Street, tmp_path: Path) -> None:
    context = phone(chromium)
    page = opened(context, street, "lists")
    pinned = page.locator("#root .reference bdi:not(:empty)").inner_text()
    usurper = swap_root(street, tmp_path / "usurper")
    theirs = usurper.seal(usurper.license())
    published.write(street.world.folder, {"status/1": (usurper.folder / "status/1").read_bytes()})
    refresh(page)
    expect(page.locator("#root .reference")).to_have_text(pinned)
    expect(page.locator("[data-fault]")).to_have_attribute("data-fault", "trust_list_wrong_root")
    paste(page, street.shop)
    judged(page, "valid", "site_here")  # by the good lists that stay
    paste(page, theirs)
    judged(page, "invalid", "signature_invalid")
    page.evaluate("location.hash = '#lists'")
    for typed in ("", pinned):
        page.locator("#root-code").fill(typed)
        page.locator("#root-changed button").click()
        expect(page.locator("#root-changed .progress")).to_have_text("الرمز لا يطابق الجذر المعروض. لم يتغير شيء.")
    page.locator("#root-code").fill(office_code(usurper).lower())
    page.locator("#root-changed button").click()
    expect(page.locator("#root .reference")).to_have_text(office_code(usurper))
    expect(page.locator("#root-changed")).to_have_count(0)
    paste(page, theirs)
    judged(page, "valid", "site_here")
    context.close()


def office_code(world: World) -> str:
    """The root's code as the office reads it out."""
    return fingerprints.of_jwk(json.loads(world.root_file.read_text()))


def test_names_in_the_index_are_names_of_lists_or_nothing(chromium: Browser, street: Street) -> None:
    hostile = {"status": ["1", "0", "../../app/root.json", "1?x", "12345", 1, None], "known_seals": ["01", "zz", "https://evil.example/"]}
    context = phone(chromium)
    context.route("**/.well-known/khatm/index", lambda route: route.fulfill(json=hostile))
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url.removeprefix(street.base)))
    page = opened(context, street)
    expect_band(page, "fresh")
    lists = {path for path in asked if path.startswith(("/status", "/.well-known", "http"))}
    assert lists == {"/.well-known/khatm/index", "/.well-known/khatm/trust-list", "/status/1"}
    context.close()


def test_a_map_lies_beneath_the_site_without_a_network_too(chromium: Browser, street: Street, tmp_path: Path) -> None:
    map_ = tmp_path / "map.pmtiles"
    map_.write_bytes(town.build([GROUND]))
    street.stop()
    street.settings["KHATM_MAP"] = str(map_)
    with street:
        context = phone(chromium)
        page = opened(context, street)
        kept_for_offline(page)
        page.reload()
        page.locator("html[data-map]").wait_for(state="attached")
        paste(page, street.shop)
        judged(page, "valid", "site_here")
        streets_are_drawn(page)
    page.reload()
    page.locator("html[data-map]").wait_for(state="attached")
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    streets_are_drawn(page)  # the service has ended
    context.close()


def streets_are_drawn(page: Page) -> None:
    """White streets with their names lie under the site's drawing, and below it stands that they are not real."""
    pixels = """() => {
        const { data } = document.querySelector('.streets canvas').getContext('2d').getImageData(0, 0, 480, 480);
        return [0xffffffff, 0xff34424a].map((colour) => new Uint32Array(data.buffer).filter((pixel) => pixel === colour).length);
    }"""
    for _ in range(300):
        white, letters = page.evaluate(pixels)
        if white > 500 and letters > 50:
            break
        page.wait_for_timeout(100)
    assert white > 500 and letters > 50
    above = page.locator(".streets .drawing").evaluate("drawing => getComputedStyle(drawing).backgroundColor")
    assert above == "rgba(0, 0, 0, 0)", "nothing hides them"
    assert "شوارع غير حقيقية" in page.locator(".streets figcaption").inner_text()


def test_an_update_waits_for_a_tap(playwright: Playwright, street: Street, tmp_path: Path) -> None:
    seeing = streets.launch(playwright, film(tmp_path / "camera.mjpeg", [wall()]))
    context = phone(seeing)
    page = opened(context, street)
    kept_for_offline(page)
    page.locator("#start").click()
    page.locator('[data-state="scanning"]').wait_for()
    page.evaluate("window.unbroken = true")
    street.stop()
    street.settings["KHATM_APP"] = str(streets.newer_app(tmp_path))
    with street:
        page.evaluate("navigator.serviceWorker.getRegistration().then(found => found.update()).then(() => 0)")
        page.get_by_role("button", name="إصدار جديد جاهز").wait_for()
        assert page.evaluate("window.unbroken"), "nothing was reloaded by itself"
        page.evaluate("location.hash = '#lists'")
        with page.expect_navigation():
            page.locator("#update").click()
        page.locator("html[data-ready]").wait_for(state="attached")
        for _ in range(100):  # the old version leaves when the new one has settled in
            if len(kept := page.evaluate("caches.keys()")) == 1:
                break
            page.wait_for_timeout(50)
        assert kept == ["khatm-app-NEWER"]
    seeing.close()


def test_a_full_phone_still_judges_and_says_so(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    full = "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }"
    page = opened(context, street)
    expect_band(page, "fresh")
    page.locator("html[data-refreshing]").wait_for(state="detached")
    page.evaluate(f"void ({full})")
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    refresh(page)
    expect(page.locator("[data-fault]")).to_have_attribute("data-fault", "storage_full")
    context.close()


def test_a_browser_that_keeps_nothing_still_judges(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    context.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('private', 'InvalidStateError') }")
    page = opened(context, street)
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    page.evaluate("location.hash = '#lists'")
    expect(page.locator("#about")).to_contain_text("تصفح خاص")
    context.close()


def rooted(street: Street, by: str, *documents: bytes, later: int) -> None:
    """Publish root documents and a later list under the last of them, which is the host's own root."""
    made.publish(street.world.folder, following(street, later), by, *documents)
    street.world.root_file.write_bytes(documents[0])


def following(street: Street, later: int) -> TrustList:
    return street.world.trust._replace(sequence=street.world.trust.sequence + later)


def first_of(street: Street) -> bytes:
    """A document that the holder of the key that was pinned before has signed, with two others."""
    own = made.holder("a")._replace(es=cose.low_signer(street.world.signer(ROOT_KID)))
    own = own._replace(key=own.key._replace(public_key=street.world.private[ROOT_KID].public_key()))
    others = made.holders("b", "c")
    document = made.document()._replace(keys=(own.key, *(each.key for each in others)))
    return others[0].sign(own.sign(made.unsigned(document))).to_bytes()


def test_a_root_is_followed_where_its_holders_lead_and_nowhere_else(chromium: Browser, street: Street, tmp_path: Path) -> None:
    """From one key to a document that its holder signed, on to the next one; not back, and to a stranger's with a code only."""
    context = phone(chromium)
    page = opened(context, street, "lists")
    shown = page.locator("#root .reference")
    expect(shown).to_have_text(office_code(street.world))
    first, second = first_of(street), made.signed(made.document(2, ("b", "c", "d")), "bcd")
    rooted(street, "bc", first, later=1)
    refresh(page)
    expect(shown).to_have_text(roots.code(first))
    rooted(street, "cd", first, second, later=2)
    refresh(page)
    expect(shown).to_have_text(roots.code(second))
    expect(page.locator("#root-changed")).to_have_count(0)
    expect(page.locator("[data-fault]")).to_have_count(0)
    made.publish(street.world.folder, following(street, 3), "ab")
    refresh(page)
    expect(page.locator("[data-fault]")).to_have_attribute("data-fault", "trust_list_wrong_root")
    stranger = made.signed(made.document(2, ("x", "y", "z")), "xyz")
    rooted(street, "xy", stranger, later=4)
    refresh(page)
    expect(page.locator("#root-changed")).to_be_visible()
    expect(shown).to_have_text(roots.code(second))
    street.stop()
    page.reload()
    page.locator("html[data-ready]").wait_for(state="attached")
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    context.close()
