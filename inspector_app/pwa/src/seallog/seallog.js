// What this phone knows of the log of seals: the newest head that enough witnesses signed, tiles that were proven under it, and on an
// inspector's phone the pack of its authority. A verdict never waits for it: what is at hand is looked at, the rest is asked for afterwards.
// Tells of news by the event "change".
import { Dates, PUBLISHER } from "../../../../seal/js/dating.js";
import { hex } from "../../../../seal/js/octets.js";
import { positionOf } from "../../../../seal/js/leaves.js";
import { LogError } from "../../../../transparency/js/errors.js";
import { HeadError, MissingFile, Unreached } from "./errors.js";

const [WIDTH, HASH_BYTES] = [256, 32]; // of a tile and of each hash in it, as transparency/js has them
const TILES_MOST = 128; // a megabyte
const PATIENCE_MS = 10_000;
const HEAD_EVERY_MS = 5_000; // a head is asked for so often at most because of a seal that is not under the one at hand
const OPEN = new Set(["log_not_at_hand", "log_not_yet", "log_stale", "log_unwitnessed"]); // what the log may still answer
const SETTING = "sealLog";
const SEEN = "sealLogSeen";
const FORKED = "sealLogForked";

export class SealLog extends EventTarget {
  enabled = true; // whether the person lets it ask the host
  seen = null; // the head to go by, {size, root, time}; null before the first
  newer = false; // whether there is a newer one that too few witnesses signed
  dates = new Map(); // the newest date that the log and each witness gave, seconds since 1970, by signer (seal/js/dating.js)
  pack = null; // of an inspector's phone: {authority, size, time, holds}, see seal/js/log_packs.js
  #store;
  #now;
  #fault = null;
  #forked = new Set(); // origins of logs that were shown in two forms: for good, only another origin or another root settles that
  #origin = null;
  #heads = {}; // by the log's origin
  #tiles = new Map(); // leaf hashes by the tile's index, the oldest first
  #asked = new Map(); // promises by the tile's index
  #asking = new Set(); // positions
  #refreshing = null;
  #met = -Infinity; // when a head was last asked for

  constructor(store, now) {
    super();
    [this.#store, this.#now] = [store, now];
  }

  /** Load what this phone holds of the log that `trust` names. No network is needed. */
  async load(trust) {
    this.enabled = (await this.#store.get("state", SETTING)) ?? true;
    this.#heads = (await this.#store.get("state", SEEN)) ?? {};
    this.#forked = new Set((await this.#store.get("state", FORKED)) ?? []);
    const held = [...(await this.#store.all("tiles"))].filter(([, { origin }]) => origin === trust?.log?.origin);
    held.sort(([, one], [, other]) => one.at - other.at);
    this.#tiles = new Map(held.map(([index, { octets }]) => [index, octets]));
    this.#meet(trust);
  }

  /** Go by the log that `trust` names, which may be another one than before. */
  #meet(trust) {
    const origin = trust?.log?.origin ?? null;
    if (origin === this.#origin) return;
    const changed = this.#origin !== null;
    [this.#origin, this.seen, this.newer, this.#fault] = [origin, this.#heads[origin] ?? null, false, null];
    if (changed) this.#forgetTiles();
  }

  /** What is wrong with the log's files, as a code with words; null for nothing. */
  get fault() {
    return this.#forked.has(this.#origin) ? "log_forked" : this.#fault;
  }

  #forgetTiles() {
    this.#tiles.clear();
    this.#store.clear("tiles");
  }

  /** Another root was pinned: what the old one vouched for is forgotten. */
  async forget() {
    [this.#origin, this.#heads, this.seen, this.pack, this.dates] = [null, {}, null, null, new Map()];
    this.#forgetTiles();
    await this.#store.clear("packs");
    this.#forked.clear();
    await this.#store.put("state", SEEN, {});
    await this.#store.put("state", FORKED, []);
  }

  /** Let it ask the host, or not. */
  async enable(enabled) {
    this.enabled = enabled;
    await this.#store.put("state", SETTING, enabled);
    this.dispatchEvent(new Event("change"));
  }

  /** What a verdict looks at under `trust` (seal/js/logs.js), null where nothing is at hand. */
  view(trust) {
    this.#meet(trust);
    if (!this.seen) return null;
    const holds = (position, leaf, authority) => this.#holds(position, leaf, authority);
    const forked = this.#forked.has(this.#origin);
    const time = this.#dated().ahead(this.seen.time) ? 0 : this.seen.time; // the clock was put back: of later seals it says nothing
    return { size: this.seen.size, time, unwitnessedNewer: this.newer, forked, holds };
  }

  /** Whether something of the publisher's is dated ahead of this phone's clock, and not there yet. */
  ahead(at) {
    return this.#dated().note(PUBLISHER, at);
  }

  /** What was signed when, against this phone's clock as it is now. */
  #dated() {
    return new Dates(Math.floor(this.#now() / 1000), this.dates);
  }

  async #holds(position, leaf, authority) {
    const found = this.#leaf(position);
    if (found) return hex(found) === hex(leaf);
    return this.pack && position < this.pack.size ? this.pack.holds(position, leaf, authority) : null;
  }

  /** The leaf hash at a position, null where no tile is at hand that has it. */
  #leaf(position) {
    const tile = this.#tiles.get(Math.floor(position / WIDTH));
    const start = (position % WIDTH) * HASH_BYTES;
    return tile && start < tile.length ? tile.subarray(start, start + HASH_BYTES) : null;
  }

  /** Ask the host for the newest head. Resolves to whether there is another one than before; a bad network costs nothing. */
  refresh(trust) {
    this.#meet(trust);
    if (!this.enabled || !trust?.log) return Promise.resolve(false);
    this.#refreshing ??= this.#learn(trust.log).finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  async #learn(terms) {
    this.#met = this.#now();
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return this.#attempt(async () => {
      const { checkpoint, tiles } = await part();
      return this.meetHead(await checkpoint(signal), terms, tiles(signal));
    });
  }

  /** Take a signed head over if it continues what was seen. Resolves to whether it is another one. Rejects as `followed`. */
  async meetHead(note, terms, read) {
    const [before, { followed, headOf }] = [this.seen, await part()];
    this.dates = new Map(); // who signed when counts as long as it is published
    const dates = this.#dated();
    const head = await headOf(note, terms, dates);
    const found = await this.#compared(terms, () => followed(head, before, read, dates));
    if (terms.origin !== this.#origin) return false; // the lists changed meanwhile
    if (this.seen !== before) return this.meetHead(note, terms, read); // another head was met meanwhile, which this one must continue
    [this.seen, this.newer, this.#fault] = [found, false, null];
    this.#heads = { ...this.#heads, [terms.origin]: found };
    await this.#store.put("state", SEEN, this.#heads);
    return before?.size !== found.size || before.time !== found.time;
  }

  /** The head of a pack, which may be older than the one at hand. Resolves to it. Rejects with HeadError, and as `followed`. */
  async meetPack(note, terms) {
    const { begins, headOf, tiles } = await part();
    const read = tiles(AbortSignal.timeout(PATIENCE_MS));
    const found = await headOf(note, terms, this.#dated());
    if (this.seen && found.size < this.seen.size) await this.#compared(terms, () => begins(found, this.seen, read));
    else await this.meetHead(note, terms, read);
    return found;
  }

  /** Compare heads; that one contradicts the other is remembered. Rejects as the work does. */
  async #compared({ origin }, work) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof HeadError && error.code === "log_forked" && !this.#forked.has(origin)) {
        this.#forked.add(origin);
        await this.#store.put("state", FORKED, [...this.#forked]);
      }
      throw error;
    }
  }

  async #attempt(work) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Unreached || error instanceof MissingFile) return false; // not published, or no network
      if (!(error instanceof HeadError)) throw error;
      this.#fault = error.code;
      this.newer = error.code === "log_head_unwitnessed";
      return true;
    } finally {
      this.dispatchEvent(new Event("change"));
    }
  }

  /** Whether the host is being asked because of this verdict. */
  asking(verdict) {
    return Boolean(verdict.claims) && this.#asking.has(place(verdict));
  }

  /** Ask the host about those verdicts that the log may still change. Resolves to whether there is something new. */
  async look(verdicts, trust) {
    if (!this.enabled || !trust?.log || navigator.onLine === false) return false;
    const open = verdicts.filter((verdict) => verdict.claims && verdict.seal !== "not_valid" && OPEN.has(verdict.finding("log").code));
    const found = await Promise.all([...new Set(open.map(place))].map((position) => this.#lookAt(position, trust)));
    return found.includes(true);
  }

  async #lookAt(position, trust) {
    if (this.#leaf(position)) return true; // it came since the verdict was made
    this.#asking.add(position);
    this.dispatchEvent(new Event("change"));
    try {
      let news = false;
      const beyond = () => !this.seen || position >= this.seen.size;
      if (beyond() && this.#now() - this.#met >= HEAD_EVERY_MS) news = await this.refresh(trust);
      else if (this.#refreshing) news = await this.#refreshing;
      return beyond() ? news : (await this.#tile(Math.floor(position / WIDTH))) || news;
    } finally {
      this.#asking.delete(position);
      this.dispatchEvent(new Event("change"));
    }
  }

  #tile(index) {
    if (!this.#asked.has(index)) this.#asked.set(index, this.#fetchTile(index).finally(() => this.#asked.delete(index)));
    return this.#asked.get(index);
  }

  async #fetchTile(index) {
    const [head, origin] = [this.seen, this.#origin];
    try {
      const { provenLeaves, tiles } = await part();
      const octets = await provenLeaves(index, head, tiles(AbortSignal.timeout(PATIENCE_MS)));
      if (origin !== this.#origin) return false;
      await this.#keepTile(index, octets);
      return true;
    } catch (error) {
      if (error instanceof LogError) this.#fault = "log_tiles_wrong";
      else if (!(error instanceof Unreached || error instanceof MissingFile)) throw error;
      return false;
    }
  }

  async #keepTile(index, octets) {
    this.#tiles.delete(index);
    this.#tiles.set(index, octets);
    const surplus = [...this.#tiles.keys()].slice(0, Math.max(0, this.#tiles.size - TILES_MOST));
    for (const oldest of surplus) this.#tiles.delete(oldest);
    const changes = [...surplus.map((oldest) => ["tiles", oldest, undefined]), ["tiles", index, { octets, at: this.#now(), origin: this.#origin }]];
    await this.#store.write(changes, { stores: ["tiles"] }).catch(full);
  }
}

/** What meets the host. Rejects with Unreached where it cannot be fetched. */
export async function part() {
  try {
    return await import("./part.js");
  } catch (error) {
    throw new Unreached("part.js", { cause: error }); // no network, or of another version of the app
  }
}

/** A full phone costs the tile, not the verdict. */
function full(error) {
  if (!(error instanceof DOMException)) throw error;
}

const place = ({ claims: { uri, idx } }) => positionOf(Number(uri.slice(uri.lastIndexOf("/") + 1)), idx);
