// The app: what is known, which screen is shown, and what happens when a code was read, the phone moved, or new lists came. An edge: it
// reads the clock.
import { Awake } from "./awake.js";
import { Stand } from "./camera.js";
import * as contacts from "./contact.js";
import { Judging } from "./judging.js";
import { Lists } from "./lists.js";
import { Log } from "./log.js";
import { Ground } from "./map.js";
import * as officers from "./officers.js";
import { offlineVersion, watchUpdates } from "./offline.js";
import * as portals from "./portal.js";
import { Refresher } from "./refreshing.js";
import { Reader } from "./scanner.js";
import { SealLog } from "./seallog/seallog.js";
import { handScreen } from "./screens/hand.js";
import { listsScreen } from "./screens/lists.js";
import { logScreen } from "./screens/log.js";
import { resultScreen } from "./screens/result.js";
import { scanScreen } from "./screens/scan.js";
import { Signal } from "./signal.js";
import * as stores from "./store.js";
import { Whereabouts } from "./whereabouts.js";
import { clockWarning, warning } from "./warnings.js";
import { knows, say } from "./words.js";

const SCREENS = { scan: scanScreen, result: resultScreen, hand: handScreen, log: logScreen, lists: listsScreen };
const LATER = ["enrol", "signin", "inspections", "inspection", "record", "recorded", "near", "day"]; // fetched by phones of an authority only
const PASSING = ["result", "recorded", "inspection"]; // screens of something that a fresh page does not have

class App {
  language = "ar";
  started = false; // the person has begun to scan once: from then on the camera opens by itself
  cameras = new Stand();
  update = null; // a new version that waits for a tap
  install = null;
  map = null;
  contact = null; // whom people report to, if the host names somebody
  portal = ""; // where citizens ask what became of a notice, if the host names one
  room = null; // the inspector's part of the app, once it is fetched
  inspector = null; // whose phone this is, if it belongs to an authority
  enrolment = null; // a scanned text that shall enrol this phone
  unavailable = null; // why the inspector's part is not there, as a code with words
  signal = new Signal();
  whereabouts = new Whereabouts(navigator.geolocation);
  awake = new Awake(() => this.#rest());
  refresher = new Refresher(() => this.#fetchLists());
  able = Boolean(globalThis.OffscreenCanvas && globalThis.createImageBitmap && globalThis.Worker && globalThis.crypto?.subtle);
  #screen = null;
  #screens = SCREENS;
  #reader = null;
  #main = document.querySelector("main");
  #announcement = document.querySelector("#announcement");

  say = (code, gaps) => say(code, this.language, gaps);
  now = () => Date.now();
  seconds = () => Math.floor(Date.now() / 1000);

  async start() {
    this.store = await stores.open();
    this.lists = new Lists(this.store);
    this.log = new Log(this.store, (write) => this.lists.keeping(write));
    this.sealLog = new SealLog(this.store, this.now);
    this.judging = new Judging(this);
    this.language = (await this.choice("language")) ?? "ar";
    this.started = (await this.choice("started")) ?? false;
    this.signal.sound = (await this.choice("sound")) ?? true;
    this.signal.vibration = (await this.choice("vibration")) ?? true;
    this.lists.known = () => this.sealLog.dates;
    await this.lists.load(this.now());
    await this.sealLog.load(this.lists.trust);
    this.contact = await contacts.kept(this.store);
    this.portal = await portals.kept(this.store);
    this.lists.addEventListener("change", () => this.#nameGovernorate());
    this.lists.addEventListener("root", () => this.sealLog.forget());
    if (await officers.belongs(this.store)) await this.#enter();
    this.#listen();
    this.#dress();
    const named = location.hash.slice(1);
    const known = named in SCREENS || LATER.includes(named);
    this.go(known && !PASSING.includes(named) ? named : "scan", { replace: true });
    document.documentElement.dataset.ready = "";
    performance.mark("ready");
    this.refreshLists();
    this.inspector?.send();
    if (this.inspector?.device) this.keepRoom();
    navigator.storage?.persist?.().catch(() => false); // a browser may say no; the lists screen tells
    watchUpdates((update) => {
      this.update = update;
      this.#screen.refresh();
    });
    this.map = await Ground.open(this.store);
    if (this.map) document.documentElement.dataset.map = "";
  }

  #listen() {
    const refresh = () => this.#screen?.refresh();
    for (const source of [this.lists, this.whereabouts, this.judging, this.sealLog]) source.addEventListener("change", refresh);
    for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => this.awake.touched());
    addEventListener("online", () => this.refreshLists());
    addEventListener("online", () => this.inspector?.send());
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
    this.judging.close();
    this.whereabouts.stop();
    this.refresher.stop();
    this.inspector?.rest();
    this.awake.end();
  }

  #wake() {
    this.#screen.show?.();
    this.refreshLists();
    this.inspector?.load().then(() => this.inspector.send());
  }

  /** Nobody has touched the phone for a while, and no code came by. */
  #rest() {
    this.#screen.rest?.();
    this.cameras.clear();
    this.judging.close();
    this.whereabouts.stop();
  }

  /** Fetch new lists now; what is on the screen goes by them, and the next hour's refreshing begins. */
  refreshLists() {
    return this.refresher.run();
  }

  async #fetchLists() {
    document.documentElement.dataset.refreshing = "";
    const [good] = await Promise.all([this.lists.refresh(this.now), this.#askContact()]);
    if (good) await this.judging.listsChanged();
    if (good && (await this.#fetchLog())) await this.judging.logCame();
    delete document.documentElement.dataset.refreshing;
    return good;
  }

  /** Fetch the newest head of the log of seals, and an inspector's pack; resolves to whether there is something new. */
  async #fetchLog() {
    const news = await this.sealLog.refresh(this.lists.trust);
    return (await this.inspector?.fetchPack()) || news;
  }

  async #askContact() {
    [this.contact, this.portal] = await Promise.all([contacts.asked(this.store), portals.asked(this.store)]);
    this.#screen?.refresh();
  }

  get scan() {
    return this.judging.sighting;
  }

  get reader() {
    return (this.#reader ??= Reader.start());
  }

  /** Have the reader ready before the first picture. */
  wake() {
    return this.reader;
  }

  // ——— the inspector's part

  /** The inspector's part on a phone that belongs to an authority, else null. */
  get officer() {
    return this.inspector?.belongs ? this.room : null;
  }

  /** Fetch the inspector's part, and look whose phone this is. Returns whether it is there. */
  async #enter() {
    try {
      this.room ??= await officers.room();
      this.unavailable = null;
    } catch {
      this.unavailable = "room_unavailable"; // no network, and never fetched before
      return false;
    }
    this.#screens = { ...SCREENS, ...this.room.screens };
    if (this.inspector) return true;
    this.inspector = new this.room.Inspector(this);
    this.inspector.addEventListener("change", () => this.#screen?.refresh());
    await this.inspector.load();
    return true;
  }

  /** Keep the inspector's part for the street without a network, in this version of the app and in those to come. */
  keepRoom() {
    return officers.kept();
  }

  // ——— screens

  go(name, { replace = false } = {}) {
    history[replace ? "replaceState" : "pushState"](null, "", `#${name}`);
    this.#show(name);
  }

  #show(name, kept = null) {
    if (LATER.includes(name) && !this.room) return void this.#enter().then((there) => this.#show(there ? name : "lists", kept));
    const known = name in this.#screens && (name !== "result" || this.scan) ? name : "scan";
    this.#screen?.leave();
    this.#screen = null; // a screen may refresh while it is made
    if (known !== "result") this.judging.drop();
    this.#screen = this.#screens[known](this, kept);
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
    this.#show(document.body.dataset.screen, this.#screen.keep?.());
    for (const [id, value] of typed) if (document.getElementById(id)) document.getElementById(id).value = value; // nothing typed is lost
    await this.choose("language", language);
  }

  /** A screen has become what it shall be after it was shown: what a person reads begins at its top. */
  shownLate() {
    scrollTo(0, 0);
  }

  #dress() {
    const other = this.language === "ar" ? "en" : "ar";
    Object.assign(document.documentElement, { lang: this.language, dir: this.language === "ar" ? "rtl" : "ltr" });
    const button = document.querySelector("#language");
    Object.assign(button, { lang: other, textContent: this.say("other_language") });
    for (const part of document.querySelectorAll("[data-say]")) part.textContent = this.say(part.dataset.say);
    this.#nameGovernorate();
  }

  /** Say whose licenses these are, as the trust list has it: nothing before there is one. */
  #nameGovernorate() {
    document.querySelector("#governorate").textContent = this.lists.governorate?.name[this.language] ?? "";
  }

  /** Tell a screen reader, and the title. */
  announce(words, title) {
    this.#announcement.textContent = words;
    document.title = `${title} · ${this.say("brand")}`;
  }

  // ——— verdicts

  /** Judge the texts of codes in view, and show the verdicts. */
  async scanned(texts) {
    this.awake.touched();
    this.enrolment = texts.find(officers.isEnrolment) ?? null;
    if (this.enrolment) return this.go("enrol");
    await this.judging.scanned(texts);
    this.go("result");
    const young = ({ findings }) => findings.some(({ code }) => code === "status_not_yet_listed");
    if (this.scan.verdicts.some(young)) this.refreshLists(); // a license of this minute: the host has newer lists
  }

  /** Judge a text from the log anew, and show the verdict. */
  async recalled(text) {
    await this.judging.recalled(text);
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

  /** Let this phone ask the host about single seals, or not. */
  async letLookUp(enabled) {
    await this.sealLog.enable(enabled);
    if (enabled && (await this.#fetchLog())) await this.judging.logCame();
  }

  takeUpdate() {
    this.update();
  }

  version() {
    return offlineVersion();
  }
}

new App().start();
