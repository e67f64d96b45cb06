"""The system's own Chromium, driven by Playwright, and the accessibility rules that every page keeps."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from weakref import WeakSet

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

#: However long it takes on a machine that others use: what is to come is waited for, and only what never comes costs this.
PATIENCE_MS = 60_000
WHOLE = ("chromium", "chromium-browser", "google-chrome")
#: The one without windows, for a third of the work, if it is there.
NAMES = ("chromium-headless-shell", *WHOLE)
FLAGS = (
    "--no-sandbox",  # CI is root, and Chromium's sandbox refuses root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_AXE = Axe()
# What a colour's text means does not change: read anew for every letter on the page it is a third of all the work.
_COLOURS = """(() => {
  const { prototype } = axe.commons.color.Color, read = prototype.parseString, known = new Map();
  prototype.parseString = function (text) {
    if (!known.has(text)) {
      read.call(this, text);
      known.set(text, { r: this.r, g: this.g, b: this.b, alpha: this.alpha });
    }
    return Object.assign(this, known.get(text));
  };
})()"""
# axe leaves out what it takes for icons that a font makes of words: those narrower than their letters one by one. Arabic letters are
# narrower where they join, so it left out Arabic pages. Measured as if they did not join, every word is judged.
_RUN = """async (options) => {
  if (!window.axe && !window.axeToCome) return null;
  if (!window.axe) window.axeToCome();
  await Promise.allSettled(document.getAnimations().map((one) => one.finished));  // colours fade in
  const { prototype } = CanvasRenderingContext2D, { measureText } = prototype;
  prototype.measureText = (text) => ({ width: 16 * text.length });
  const found = await axe.run(document, options).finally(() => { prototype.measureText = measureText; });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${rule.help}: ${node.html}`));
}"""
# Half a megabyte: told to a browser once, and begun where a page is looked at.
_TO_COME = f"Object.defineProperty(window, 'axeToCome', {{ value: () => {{ {_AXE.axe_script}\n;{_COLOURS} }} }})"
_told = WeakSet[BrowserContext]()
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


def executable(*, whole: bool = False) -> str | None:
    """The path of Chromium, if there is one; `whole`: of one that has windows."""
    return next((path for name in (WHOLE if whole else NAMES) if (path := shutil.which(name))), None)


def launch(playwright: Playwright, *flags: str, whole: bool = False) -> Browser:
    """A Chromium with more flags than usual, a video file for its camera for example; close it yourself.

    `whole`: one that can ask its user something and install an app, which the one without windows cannot.
    """
    path = executable(whole=whole)
    assert path, "no Chromium: run .ci/system-packages test"
    return playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])


class Shared:
    """Playwright and a Chromium of this process's own, for one module after the other: started once, and by the first who asks.

    Playwright's synchronous API keeps an event loop running, under which asyncio.run() fails. So between modules the loop only rests.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._playwright: Playwright | None = None
        self._chromium: Browser | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def awake(self) -> Iterator[Playwright]:
        """Playwright, at work for one module."""
        asyncio._set_running_loop(self._loop)
        try:
            if self._playwright is None:
                self._playwright = self._stack.enter_context(sync_playwright())
                self._loop = asyncio.get_running_loop()
            yield self._playwright
        finally:
            asyncio._set_running_loop(None)

    def chromium(self, playwright: Playwright) -> Browser:
        """The Chromium; another one if somebody ended it. Pages that were left open are closed."""
        if self._chromium is None or not self._chromium.is_connected():
            self._chromium = launch(playwright)
        self.tidy()
        return self._chromium

    def tidy(self) -> None:
        """Close what was left open."""
        for context in self._chromium.contexts if self._chromium else ():
            context.close()

    def close(self) -> None:
        """End both."""
        if self._playwright is not None:
            with self.awake():
                if self._chromium is not None:
                    self._chromium.close()
                self._stack.close()


class Lending:
    """People's browsers at one address: contexts of which each is lent to one after the other, emptied in between.

    A fresh context begins with another renderer, which compiles all that the one before had compiled.
    """

    def __init__(self, chromium: Browser, address: str) -> None:
        self._chromium, self.address = chromium, address
        self._free: dict[tuple[int, int], list[BrowserContext]] = {}
        self._lent: dict[BrowserContext, tuple[int, int]] = {}

    def page(self, size: tuple[int, int]) -> Page:
        """An empty page of a browser that knows nobody, in Arabic and in Cairo."""
        free = self._free.setdefault(size, [])
        context = free.pop() if free else self._new(size)
        self._lent[context] = size
        page = context.new_page()
        for before in context.pages[:-1]:
            before.close()
        return page

    def back(self, *pages: Page) -> None:
        """Take back the browsers of some pages, or all of them."""
        for context in [page.context for page in pages] or list(self._lent):
            self._empty(context)
            self._free[self._lent.pop(context)].append(context)

    def _new(self, size: tuple[int, int]) -> BrowserContext:
        width, height = size
        context = self._chromium.new_context(
            base_url=self.address, locale="ar-EG", timezone_id="Africa/Cairo", viewport={"width": width, "height": height}
        )
        context.set_default_timeout(PATIENCE_MS)
        return context

    def _empty(self, context: BrowserContext) -> None:
        kept, *others = context.pages or [context.new_page()]
        for page in others:
            page.close()
        kept.goto("about:blank")
        context.clear_cookies()
        context.clear_permissions()
        context.set_geolocation(None)
        session = context.new_cdp_session(kept)
        session.send("Storage.clearDataForOrigin", {"origin": self.address, "storageTypes": "all"})
        session.detach()


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.0 to 2.2, A and AA: one line for each element, rule first."""
    options = {"runOnly": {"type": "tag", "values": list(WCAG)}, "resultTypes": ["violations"]}
    found: list[str] | None = page.evaluate(_RUN, options)
    if found is None:
        if page.context not in _told:
            page.context.add_init_script(_TO_COME)
            _told.add(page.context)
        page.evaluate(f"{_TO_COME}; null")
        found = page.evaluate(_RUN, options)
    assert found is not None
    return found


def assert_accessible(page: Page) -> None:
    """Fail, naming every element, if the page as it is now breaks an accessibility rule."""
    found = violations(page)
    assert not found, f"{page.url} breaks accessibility rules:\n" + "\n".join(found)
