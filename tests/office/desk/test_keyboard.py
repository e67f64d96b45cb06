"""The centre without a mouse: a whole application, its money and its license by keys alone, as a counter works through a queue."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.office.applications.workplace import pdf, shop
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, mobile, served

FURTHEST = 120  # presses of Tab until anything on a page must have been reached
PAPERS = ("identity", "tenure", "commercial_register", "tax_card", "floor_plan")


@pytest.fixture
def address(house: House) -> Iterator[str]:
    with served(house) as there:
        yield there


class Keys:
    """A page that is only ever pressed keys at. Where the focus is must be seen."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0
        page.add_init_script("addEventListener('pointerdown', () => { window.touched = true; })")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.pressed += 1
            self.page.keyboard.press(key)

    def reach(self, selector: str) -> None:
        """Walk to an element by Tab."""
        for _ in range(FURTHEST):
            if self.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                seen = "getComputedStyle(document.activeElement).outlineStyle !== 'none' || document.activeElement.type === 'radio'"
                assert self.page.evaluate(seen), f"nobody sees the focus on {selector}"
                return
            self.press("Tab")
        raise AssertionError(f"no key leads to {selector} on {self.page.url}")

    def write(self, selector: str, text: str) -> None:
        """Walk to a field and write into it, over what it holds."""
        self.reach(selector)
        if self.page.evaluate("document.activeElement.value") != "":
            self.press("Control+a")
        if self.page.evaluate("document.activeElement.type") == "date":
            raise AssertionError("a day is typed part by part, in the order of the browser's own language")
        self.page.keyboard.type(text)

    def access(self, key: str, url: str) -> None:
        """Press an access key (Alt and a key) and be somewhere else. Playwright's own Alt leaves out what is on the key."""
        told = {"modifiers": 1, "key": key, "code": f"Digit{key}" if key.isdigit() else f"Key{key.upper()}"}
        told |= {"windowsVirtualKeyCode": ord(key.upper()), "text": key, "unmodifiedText": key}
        self.pressed += 1
        session = self.page.context.new_cdp_session(self.page)
        with self.page.expect_navigation(url=url):
            session.send("Input.dispatchKeyEvent", {"type": "keyDown", **told})
            session.send("Input.dispatchKeyEvent", {"type": "keyUp", **told})
        session.detach()

    def go(self, key: str, url: str) -> None:
        """Press a key and be somewhere else."""
        self.press(key)
        self.page.wait_for_url(url)

    def begin(self, field: str, text: str) -> None:
        """Write into the field that a page begins with: one types at once."""
        expect(self.page.locator(f"#{field}")).to_be_focused()
        self.page.keyboard.type(text)

    def untouched(self) -> None:
        assert not self.page.evaluate("window.touched"), "something was clicked"


def begun(house: House, browsers: Browsers, address: str) -> Keys:
    """A clerk before the empty form of a shop's first license."""
    clerk = Keys(browsers.page(address, visitor=house.staff("mona", ("MN1", "clerk"))))
    clerk.page.goto("/centre/")
    clerk.go("n", "**/centre/apply")
    clerk.access("1", "**/centre/apply?type=shop")
    clerk.access("1", "**/centre/apply?type=shop&procedure=first")
    clerk.begin("mobile", mobile(9))
    clerk.go("Enter", "**/details")
    return clerk


def sent_and_paid(clerk: Keys, house: House, browsers: Browsers, address: str) -> tuple[str, int]:
    """Send what is whole and take its money: the application's number, and how many keys the cashier pressed."""
    clerk.access("s", "**/centre/applications/APP-*")
    number = clerk.page.url.rsplit("/", 1)[1]
    clerk.untouched()
    cashier = Keys(browsers.page(address, visitor=house.staff("karim", ("MN1", "cashier"))))
    cashier.page.goto("/centre/")
    cashier.go("t", "**/centre/till")
    cashier.begin("number", number)
    cashier.go("Enter", f"**/centre/till/{number}")
    cashier.begin("amount", re.sub(r"[^0-9.]", "", cashier.page.locator("tfoot td bdi").inner_text()))
    cashier.go("Enter", "**/till/receipts/*")
    cashier.untouched()
    return number, cashier.pressed


def details(keys: Keys) -> None:
    for name, text in shop().items():
        if name not in ("latitude", "longitude", "radius_m", "valid_from"):
            keys.write(f"#{name}", text)
    keys.go("Enter", "**/site")
    for name in ("latitude", "longitude", "radius_m"):
        keys.write(f"#{name}", shop()[name])
    keys.reach('button[value="find"]')
    keys.go("Enter", "**level=*")
    expect(keys.page.locator("#map .good")).to_be_visible()
    keys.reach('.actions button[value="next"]')
    keys.go("Enter", "**/documents")


def papers(keys: Keys) -> None:
    paper: FilePayload = {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    keys.page.on("filechooser", lambda chooser: chooser.set_files(paper))  # the system's own window
    for code in PAPERS:
        keys.reach(f"#{code}")
        with keys.page.expect_navigation(url="**/documents"):  # a chosen file is sent at once
            keys.press("Space")
    keys.reach('.actions button[value="next"]')
    keys.go("Enter", "**/check")


def test_an_application_from_n_to_the_printed_license(house: House, browsers: Browsers, address: str) -> None:
    clerk = begun(house, browsers, address)
    details(clerk)
    papers(clerk)
    number, _ = sent_and_paid(clerk, house, browsers, address)
    reviewer = Keys(browsers.page(address, visitor=house.staff("reem", ("MN1", "reviewer"))))
    reviewer.page.goto("/centre/")
    reviewer.press("j")
    reviewer.go("Enter", f"**/centre/applications/{number}")
    reviewer.access("a", f"**/centre/applications/{number}")
    expect(reviewer.page.locator(".head .pill")).to_have_class(re.compile("approved"))
    reviewer.untouched()
    house.issue()
    clerk.go("l", "**/centre/licenses")
    clerk.begin("q", shop()["trade_name"])
    clerk.go("Enter", "**q=*")
    clerk.press("j")
    clerk.go("Enter", "**/centre/licenses/ALX-*")
    clerk.reach('form[action$="/print"] button')
    with clerk.page.expect_download() as printed:
        clerk.press("Enter")
    assert printed.value.suggested_filename.endswith("-1.pdf")
    clerk.untouched()


def test_the_keys_go_by_their_place_on_the_keyboard(house: House, browsers: Browsers, address: str) -> None:
    """An Arabic layout types other letters where N and J are; the same keys open the same parts, and none while one types."""
    house.work.submitted("shop.first", shop())
    clerk = browsers.page(address, visitor=house.staff("mona", ("MN1", "clerk")))
    clerk.goto("/centre/")
    options = "{code, key: 'ى', bubbles: true, cancelable: true}"
    arabic = f"(code) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {options}))"
    clerk.evaluate(arabic, "KeyJ")
    assert clerk.evaluate("document.activeElement.closest('#list') !== null")
    clerk.keyboard.press("k")
    clerk.keyboard.press("/")
    assert clerk.evaluate("document.activeElement.id") == "q"
    clerk.keyboard.type("njk/tl")
    assert clerk.input_value("#q") == "njk/tl" and clerk.url.endswith("/centre/")
    clerk.evaluate("document.activeElement.blur()")
    clerk.evaluate(arabic, "KeyN")
    clerk.wait_for_url("**/centre/apply")


def test_without_the_script_every_part_is_a_link_in_the_order_of_tab(house: House, browsers: Browsers, address: str) -> None:
    page = browsers.page(address, visitor=house.staff("mona", ("MN1", "clerk"), ("MN1", "cashier")), java_script_enabled=False)
    page.goto("/centre/")
    for path in ("/centre/apply", "/centre/till", "/centre/licenses"):
        page.goto("/centre/")
        page.focus(f'nav.nav a[href="{path}"]')
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{path}")


def test_the_path_of_an_application_takes_few_keys(house: House, browsers: Browsers, address: str) -> None:
    """From "new application" to the receipt, beside what has to be typed: each page begins where the next thing is to be done."""
    clerk = begun(house, browsers, address)
    typed = {name: text for name, text in shop().items() if name not in ("latitude", "longitude", "radius_m", "valid_from")}
    for name in (each for each in clerk.page.eval_on_selector_all("main input", "all => all.map((one) => one.name)") if each in typed):
        clerk.write(f"#{name}", typed[name])
    clerk.go("Enter", "**/site")
    for name in ("latitude", "longitude", "radius_m"):
        clerk.write(f"#{name}", shop()[name])
    clerk.go("Enter", "**/documents")
    paper: FilePayload = {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    clerk.page.on("filechooser", lambda chooser: chooser.set_files(paper))
    before = clerk.pressed
    for code in PAPERS:
        expect(clerk.page.locator(f"#{code}")).to_be_focused()
        with clerk.page.expect_navigation(url="**/documents"):
            clerk.press("Space")
    assert clerk.pressed - before == len(PAPERS), "one key for each, past what is there only if there is any"
    expect(clerk.page.locator("#go-on")).to_be_focused()
    clerk.go("Enter", "**/check")
    _, paying = sent_and_paid(clerk, house, browsers, address)
    assert clerk.pressed + paying <= 45, (clerk.pressed, paying)
