// A phone of an authority: whose it is, who is signed in, what lies in its outbox. Tells of news by the event "change".
import { Refresher } from "../refreshing.js";
import { Unreachable } from "./api.js";
import * as days from "./day.js";
import * as drafts from "./drafts.js";
import { forgotten, remember, remembered } from "./evicted.js";
import * as enrolling from "./enrolling.js";
import * as outbox from "./outbox.js";
import { roomFor, saved } from "./saving.js";
import { of, sent } from "./sending.js";
import * as packs from "./packs.js";
import * as sites from "./sites.js";
import * as sessions from "./session.js";
import { tidied } from "./tidying.js";
import { Refusal } from "./refusal.js";

export class Inspector extends EventTarget {
  device = null;
  session = null;
  checklists = [];
  unsent = 0;
  attention = 0;
  sending = false;
  reached = null; // whether the last attempt reached the server; null before the first
  last = null; // what was saved last
  shown = null; // the id of what is read again
  offered = null; // what to begin, where another draft is unfinished
  lost = null; // what this phone was before its storage was cleared
  #app;
  #refresher = new Refresher(() => this.#send());
  #near = null;
  #packOf = null; // whose pack was looked for, and under which trust list
  #more = false;
  #run = null;
  #channel = globalThis.BroadcastChannel ? new BroadcastChannel("khatm-inspections") : null;

  constructor(app) {
    super();
    this.#app = app;
    if (this.#channel) this.#channel.onmessage = () => this.load();
  }

  /** Whether this phone belongs to an authority, or did before its storage was cleared. */
  get belongs() {
    return Boolean(this.device ?? this.lost);
  }

  get store() {
    return this.#app.store;
  }

  /** Look at what this phone holds. */
  async load() {
    const kid = await this.store.get("device", "current");
    this.device = (kid && (await this.store.get("device", kid))) ?? null;
    this.lost = this.device ? null : remembered();
    this.session = this.device ? await sessions.signedIn(this.store, this.#app.seconds()) : null;
    await this.#loadPack();
    this.checklists = (await this.store.get("device", "checklists")) ?? [];
    const all = [...(await this.store.all("inspections")).values()];
    this.unsent = outbox.unsent(all);
    this.attention = all.filter(({ state }) => state === "attention").length;
    if (this.device) remember(this.device, this.unsent);
    this.#badge();
    this.dispatchEvent(new Event("change"));
  }

  #badge() {
    const shown = this.unsent ? navigator.setAppBadge?.(this.unsent) : navigator.clearAppBadge?.();
    shown?.catch(() => {}); // an icon without a number is no fault
  }

  /** Something was stored: here, and in the app's other tabs. */
  async #changed() {
    await this.load();
    this.#channel?.postMessage("changed");
  }

  // ——— enrolment and sign-in

  async enrol(code) {
    if (!this.store.lasting) throw new Refusal("store_passing");
    await enrolling.enrolled(this.store, code, { app: await this.#version(), now: this.#app.seconds() });
    navigator.storage?.persist?.().catch(() => false);
    forgotten();
    await this.#changed();
    this.send();
    this.fetchPack(); // whose seals this phone shall know in the street, before it goes there
  }

  async signIn(typed) {
    await sessions.signIn(this.store, typed, this.#app.seconds());
    await this.#changed();
    this.send();
  }

  async signOut() {
    await sessions.signOut(this.store);
    await this.#changed();
  }

  // ——— recording

  /** Why nothing can be recorded just now, as a code with words; null if it can. */
  get hindrance() {
    if (!this.device) return "device_gone";
    if (this.device.refused) return "device_refused";
    if (this.device.state !== "active") return `device_${this.device.state}`;
    if (["behind", "forked", "head_invalid"].includes(this.device.verdict)) return `chain_${this.device.verdict}`;
    if (!this.session || this.#app.seconds() >= this.session.until) return "session_over";
    return null;
  }

  /** Begin an inspection. Rejects with Refusal. */
  async begin(about) {
    if (this.hindrance) throw new Refusal(this.hindrance);
    await roomFor(this.store);
    return drafts.begun(about, this.session);
  }

  /** Keep a draft as it is now; `picture` comes with it. */
  keep(draft, picture) {
    return drafts.keep(this.store, draft, picture);
  }

  /** What the officer has begun and not finished, null if nothing. */
  draft() {
    return this.session ? drafts.kept(this.store, this.session.officer) : null;
  }

  /** Sign a draft, store it, and begin to send it. Rejects with Refusal; the draft stays then. */
  async save(draft) {
    if (!this.device) throw new Refusal("device_gone");
    const kept = await saved(this.store, draft, { now: this.#app.seconds(), app: await this.#version() });
    await this.#changed();
    this.send();
    return kept;
  }

  picture(sha256) {
    return drafts.picture(this.store, sha256);
  }

  async discard(draft) {
    await this.store.write(drafts.removal(draft));
  }

  async #version() {
    return (await this.#app.version()) ?? "-";
  }

  // ——— the outbox

  /** Send what waits, now; the next time follows by itself. What comes in while something is sent goes right after it. */
  async send() {
    if (!this.device) return;
    this.#more = true;
    this.#run ??= this.#sendWhile().finally(() => (this.#run = null));
    await this.#run;
  }

  async #sendWhile() {
    while (this.#more) {
      this.#more = false;
      await this.#refresher.run();
    }
  }

  rest() {
    this.#refresher.stop();
  }

  async #send() {
    this.sending = true;
    this.dispatchEvent(new Event("change"));
    try {
      this.reached = (await sent(this.store, { app: await this.#version(), told: () => this.#changed() })) ?? this.reached;
      await tidied(this.store);
      if (this.reached) await this.#ask((device) => days.exchanged(this.store, device, { now: this.#app.now() }));
      if (this.reached) await this.#ask((device) => this.#fetchSites(device));
      return Boolean(this.reached);
    } finally {
      this.sending = false;
      await this.#changed();
    }
  }

  /** Ask for what a phone in use is given; an inspection that could be sent matters more than what could not be fetched. */
  async #ask(work) {
    const usable = this.device && !this.device.refused && this.device.state === "active";
    if (!usable) return;
    try {
      await work(this.device);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
    }
  }

  async #fetchSites(device) {
    if (await sites.refreshed(this.store, device, this.#app.lists.trust, { now: this.#app.now() })) this.#near = null;
  }

  // ——— the pack of the log of seals

  /** Look for what this phone holds of its authority's seals; once for each authority and trust list, which may refuse its key. */
  async #loadPack() {
    const { trust } = this.#app.lists;
    const authority = (trust && this.device?.authority) ?? null;
    const wanted = authority && `${authority} ${trust.sequence}`;
    if (wanted === this.#packOf) return;
    this.#packOf = wanted;
    this.#app.sealLog.pack = authority ? await packs.loaded(this.store, authority, trust) : null;
  }

  /** Fetch what is new of it. Resolves to whether there is something; a bad network costs nothing. */
  async fetchPack() {
    const { device } = this;
    const [{ lists, sealLog }, usable] = [this.#app, device && device.state === "active"];
    await this.#loadPack();
    if (!usable || !lists.trust?.log) return false;
    const found = await packs.refreshed(this.store, device.authority, lists.trust, sealLog);
    if (!found || this.device?.authority !== found.authority) return false;
    sealLog.pack = found;
    this.dispatchEvent(new Event("change"));
    return true;
  }

  // ——— the day's list

  /** The list that this phone holds: {list, at}, null before the first was asked for. */
  async day() {
    const held = await days.kept(this.store);
    return held && held.device === this.device?.kid ? held : null;
  }

  /** Other orders of it that the server does not keep yet, or refused. */
  reorders() {
    return days.reorders(this.store);
  }

  /** Go another way, for a reason. Rejects with Refusal. */
  async reorder(list, { before, after, reason }) {
    if (!this.session) throw new Refusal("session_over");
    await days.reordered(this.store, list, { officer: this.session.officer, before, after, reason, now: this.#app.seconds() });
    await this.#changed();
    this.send();
  }

  async reorderAgain(id) {
    await days.again(this.store, id);
    await this.send();
  }

  async reorderDiscard(id) {
    await days.discard(this.store, id);
    await this.#changed();
  }

  /** The licensed sites of this phone's authority: {near, iat, authority}, null where there are none. Read once. */
  async sites() {
    if (!this.device) return null;
    this.#near ??= await sites.loaded(this.store, this.device, this.#app.lists.trust);
    return this.#near?.authority === this.device.authority ? this.#near : null;
  }

  /** All inspections of this phone, the newest first. */
  async inspections() {
    return outbox.inOrder([...(await this.store.all("inspections")).values()]).reverse();
  }

  /** Send one once more that was refused. */
  async sendAgain(id) {
    const kept = await this.store.get("inspections", id);
    if (kept && !kept.held) await this.store.put("inspections", id, outbox.again(kept));
    await this.send();
  }

  ofDevice() {
    return of(this.store, this.device.kid);
  }
}
