// The app: what is known, which screen is shown, and what happens when a code was read, the phone moved, or new lists came. An edge: it
// reads the clock.
import { Stand } from "./camera.js";
import { Lists } from "./lists.js";
import { Tiles } from "./map.js";
import { offlineVersion, watchUpdates } from "./offline.js";
import { Reader } from "./scanner.js";
import { handScreen } from "./screens/hand.js";
import { listsScreen } from "./screens/lists.js";
import { resultScreen } from "./screens/result.js";
import { scanScreen } from "./screens/scan.js";
import { Sighting } from "./sighting.js";
import { Signal } from "./signal.js";
import * as stores from "./store.js";
import { Whereabouts } from "./whereabouts.js";
import { clockWarning, warning } from "./warnings.js";
import { knows, say } from "./words.js";

const SCREENS = { scan: scanScreen, result: resultScreen, hand: handScreen, lists: listsScreen };

class App {
  language = "ar";
  started = false; // the person has begun to scan once: from then on the camera opens by itself
  scan = null; // the codes that were in view last, while their verdict is on the screen
  cameras = new Stand();
  update = null; // a new version that waits for a tap
  install = null;
  map = null;
  signal = new Signal();
  whereabouts = new Whereabouts(navigator.geolocation);
  able = Boolean(globalThis.OffscreenCanvas && globalThis.createImageBitmap && globalThis.Worker && globalThis.crypto?.subtle);
  #screen = null;
  #reader = null;
  #main = document.querySelector("main");
  #announcement = document.querySelector("#announcement");

  say = (code, gaps) => say(code, this.language, gaps);
  now = () => Date.now();
  seconds = () => Math.floor(Date.now() / 1000);

  async start() {
    this.store = await stores.open();
    this.lists = new Lists(this.store);
    this.language = (await this.choice("language")) ?? "ar";
    this.started = (await this.choice("started")) ?? false;
    this.signal.sound = (await this.choice("sound")) ?? true;
    this.signal.vibration = (await this.choice("vibration")) ?? true;
    await this.lists.load();
    this.#listen();
    this.#dress();
    this.go(location.hash.slice(1) in SCREENS && location.hash !== "#result" ? location.hash.slice(1) : "scan", { replace: true });
    document.documentElement.dataset.ready = "";
    performance.mark("ready");
    this.refreshLists();
    navigator.storage?.persist?.().catch(() => false); // a browser may say no; the lists screen tells
    watchUpdates((update) => {
      this.update = update;
      this.#screen.refresh();
    });
    this.map = await Tiles.open(this.store);
    if (this.map) document.documentElement.dataset.map = "";
  }

  #listen() {
    const refresh = () => this.#screen?.refresh();
    this.lists.addEventListener("change", refresh);
    this.whereabouts.addEventListener("change", () => (this.scan?.watches(this.now()) ? this.#judge() : refresh()));
    addEventListener("online", () => this.refreshLists());
    addEventListener("popstate", () => this.#show(location.hash.slice(1)));
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#sleep() : this.#wake()));
    addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault();
      this.install = () => event.prompt();
      refresh();
    });
    document.querySelector("#language").addEventListener("click", () => this.speak(this.language === "ar" ? "en" : "ar"));
  }

  #sleep() {
    this.#screen.hide?.();
    this.cameras.clear();
    this.whereabouts.stop();
  }

  #wake() {
    this.#screen.show?.();
    if (this.started || this.scan) this.whereabouts.start();
    this.refreshLists();
  }

  /** Fetch new lists; what is on the screen is judged anew by them. */
  async refreshLists() {
    const good = await this.lists.refresh(this.now);
    if (this.scan) await this.#judge();
    return good;
  }

  get reader() {
    return (this.#reader ??= Reader.start());
  }

  /** Have the reader ready before the first picture. */
  wake() {
    return this.reader;
  }

  // ——— screens

  go(name, { replace = false } = {}) {
    history[replace ? "replaceState" : "pushState"](null, "", `#${name}`);
    this.#show(name);
  }

  #show(name) {
    const known = name in SCREENS && (name !== "result" || this.scan) ? name : "scan";
    this.#screen?.leave();
    this.#screen = null; // a screen may refresh while it is made
    if (known !== "result") this.scan = null;
    this.#screen = SCREENS[known](this);
    document.body.dataset.screen = known;
    this.#main.replaceChildren(this.#screen.node);
    document.title = `${this.#screen.title} · ${this.say("brand")}`;
    scrollTo(0, 0);
    this.#main.focus({ preventScroll: true });
  }

  async speak(language) {
    this.language = language;
    this.#dress();
    const typed = [...this.#main.querySelectorAll("input[id]:not([type=file]), textarea[id]")].map(({ id, value }) => [id, value]);
    this.#show(document.body.dataset.screen);
    for (const [id, value] of typed) document.getElementById(id).value = value; // nothing typed is lost
    await this.choose("language", language);
  }

  #dress() {
    const other = this.language === "ar" ? "en" : "ar";
    Object.assign(document.documentElement, { lang: this.language, dir: this.language === "ar" ? "rtl" : "ltr" });
    const button = document.querySelector("#language");
    Object.assign(button, { lang: other, textContent: this.say("other_language") });
    for (const part of document.querySelectorAll("[data-say]")) part.textContent = this.say(part.dataset.say);
  }

  /** Tell a screen reader, and the title. */
  announce(words, title) {
    this.#announcement.textContent = words;
    document.title = `${title} · ${this.say("brand")}`;
  }

  // ——— verdicts

  /** Judge the texts of codes in view, and show the verdicts. */
  async scanned(texts) {
    this.scan = new Sighting(texts, this.now());
    this.whereabouts.start();
    await this.#judge();
    this.go("result");
  }

  async photo(file) {
    if (!file) return;
    const progress = document.querySelector("#photo-progress");
    if (progress) progress.textContent = this.say("photo_reading");
    try {
      const { texts } = await this.reader.photo(file);
      if (texts.length) return await this.scanned(texts);
      this.#refusePhoto("photo_no_code");
    } catch (error) {
      this.#refusePhoto(this.knows(error.message) ? error.message : "reader_failed");
    }
  }

  #refusePhoto(code) {
    if (document.body.dataset.screen !== "hand") this.go("hand");
    this.#screen.refuse(code);
  }

  compareAgain() {
    this.scan.again(this.now());
    this.whereabouts.stop();
    this.whereabouts.start();
    this.#judge();
  }

  async #judge() {
    const { scan } = this;
    const before = scan.decision;
    const pairs = await scan.judge(this.lists, this.whereabouts.fix, this.now());
    if (!pairs || scan !== this.scan) return;
    if (scan.decision !== before) this.signal.tell(scan.decision);
    this.#screen?.refresh();
    const held = pairs.filter(([, { claims }]) => claims);
    const at = this.now();
    await this.lists.keeping(() =>
      Promise.all(held.map(([text, { claims }]) => this.store.remember(claims.number, { text, name: claims.license.tradeName, at }))),
    );
  }

  // ——— what people should know

  clock = () => clockWarning(this);
  warning = () => warning(this);

  knows = knows;

  // ——— choices

  choice(name) {
    return this.store.get("state", name);
  }

  choose(name, value) {
    if (name === "started") this.started = value;
    return this.store.put("state", name, value);
  }

  set(name, value) {
    this.signal[name] = value;
    return this.choose(name, value);
  }

  takeUpdate() {
    this.update();
  }

  version() {
    return offlineVersion();
  }
}

new App().start();
