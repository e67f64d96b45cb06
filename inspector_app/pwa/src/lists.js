// The signed lists on this phone: fetched when there is a network, verified before they are kept, loaded without one. The twin of the
// package `published`: a bad or older list never replaces a good one, and the newest that was ever seen is remembered.
import { ListError, known, status, trust } from "./core.js";
import * as roots from "./root.js";

const FILE_MAX = 8 << 20; // octets
const NAMES_MOST = 2000;
const PATIENCE_MS = 20_000;
const TRUST_LIST = "trust-list";
const PATHS = {
  [TRUST_LIST]: () => "/.well-known/khatm/trust-list",
  status: (name) => `/status/${name}`,
  known: (name) => `/.well-known/khatm/known-seals/${name}`,
};
const SHAPES = { status: /^[1-9][0-9]{0,3}$/, known: /^([0-9a-f]{2}){1,2}$/ };
const NOTHING_SEEN = { trustSequence: 0, statusIat: {} };

export const FRESH_SECONDS = 86_400;
export const STALE_SECONDS = 604_800;

async function fetched(path) {
  const answer = await fetch(path, { cache: "no-cache", credentials: "omit", redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) throw new TypeError(`${path}: ${answer.status}`);
  const data = new Uint8Array(await answer.arrayBuffer());
  if (data.length > FILE_MAX) throw new TypeError(`${path}: too large`);
  return { data, date: Date.parse(answer.headers.get("Date") ?? "") };
}

const json = (data) => JSON.parse(new TextDecoder().decode(data));

/** The lists of one phone. `trust` is null before the first good trust list. Tells of new lists by the event "change". */
export class Lists extends EventTarget {
  root = null; // the pinned JWK
  offered = null; // another root that the host names now: shown to the person, never used by itself
  trust = null;
  status = status.NONE;
  faults = {}; // codes by the file's name
  checkedAt = null; // when the host last answered with good lists, milliseconds
  skew = 0; // this phone's clock minus the host's, seconds, when they last met: a hint for people, never for verdicts
  refreshing = null;
  #store;
  #root;
  #seen = NOTHING_SEEN;

  constructor(store) {
    super();
    this.#store = store;
  }

  /** Load what this phone holds. No network is needed. */
  async load() {
    this.root = (await this.#store.get("state", "root")) ?? null;
    if (!this.root) return;
    this.#root = await roots.parse(this.root);
    this.#seen = (await this.#store.get("state", "seen")) ?? NOTHING_SEEN;
    this.checkedAt = (await this.#store.get("state", "checkedAt")) ?? null;
    await this.#use(await this.#store.all("published"));
  }

  /** Fetch, verify and keep what is new. True if the host answered with good lists; never throws for a bad or missing network. */
  refresh(now) {
    this.refreshing ??= this.#refresh(now).finally(() => {
      this.refreshing = null;
      this.dispatchEvent(new Event("change"));
    });
    this.dispatchEvent(new Event("change"));
    return this.refreshing;
  }

  async #refresh(now) {
    try {
      await this.#meetRoot();
      const index = await fetched("/.well-known/khatm/index");
      if (index.date) this.skew = Math.round((now() - index.date) / 1000);
      const files = new Map([[TRUST_LIST, (await fetched(PATHS[TRUST_LIST]())).data]]);
      await Promise.all(wanted(json(index.data)).map(async ([kind, name]) => files.set(`${kind}/${name}`, (await fetched(PATHS[kind](name))).data)));
      const used = await this.#use(files);
      this.checkedAt = now();
      await this.#keep(used);
      return true;
    } catch (error) {
      if (error instanceof ListError) this.faults = { [TRUST_LIST]: error.code };
      else if (!(error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException)) throw error;
      return false;
    }
  }

  /** Pin the root at the first meeting; later only raise its floor, and report another one. */
  async #meetRoot() {
    const named = json((await fetched("root.json")).data);
    const root = await roots.parse(named);
    if (this.root && !roots.same(this.root, named)) {
      this.offered = named;
      return;
    }
    this.offered = null;
    if (this.root && named.floor_sequence <= this.root.floor_sequence) return;
    [this.root, this.#root] = [named, root];
    await this.#store.put("state", "root", named);
  }

  /** Take the offered root if `typed` is its code, as the office told it. Everything that the old root vouched for is forgotten. */
  async acceptRoot(typed) {
    if (!this.offered || !(await roots.matches(typed, this.offered))) return false;
    [this.root, this.offered] = [this.offered, null];
    this.#root = await roots.parse(this.root);
    [this.trust, this.status, this.#seen, this.checkedAt] = [null, status.NONE, NOTHING_SEEN, null];
    await this.#store.clear("published");
    await this.#store.write([["state", "root", this.root], ["state", "seen", undefined], ["state", "checkedAt", undefined]]);
    return true;
  }

  /** Verify `files` (octets by name) and use what holds; returns the names of what is used now. Throws ListError without a good trust list. */
  async #use(files) {
    if (!files.has(TRUST_LIST)) {
      if (this.root) this.faults = { [TRUST_LIST]: "trust_list_missing" };
      return new Map();
    }
    const made = await trust.verify(files.get(TRUST_LIST), { root: this.#root, seenSequence: this.#seen.trustSequence });
    const used = new Map([[TRUST_LIST, files.get(TRUST_LIST)]]);
    const [faults, entries, knownSeals] = [{}, [], new Map()];
    for (const [name, data] of files) {
      const [kind] = name.split("/");
      if (kind === TRUST_LIST) continue;
      try {
        if (kind === "status") entries.push(this.#newEnough(await status.verify(data, { trust: made })));
        else knownSeals.set(...(await known.verify(data, { trust: made })));
        used.set(name, data);
      } catch (error) {
        if (!(error instanceof ListError)) throw error;
        faults[name] = error.code;
      }
    }
    this.#take(made, entries, knownSeals, faults);
    return used;
  }

  #newEnough(entry) {
    if (entry.iat < (this.#seen.statusIat[entry.uri] ?? 0)) throw new ListError("status_list_older", entry.uri);
    return entry;
  }

  // Lists without a successor are kept as long as the same keys may sign them; they grow old, and the verdict knows that.
  #take(made, entries, knownSeals, faults) {
    if (this.trust && statusKeys(this.trust) === statusKeys(made)) {
      entries = [...this.status.lists.values(), ...entries];
      knownSeals = new Map([...this.status.known, ...knownSeals]);
    }
    this.trust = made;
    this.status = status.collect(entries, knownSeals);
    this.faults = faults;
    const statusIat = { ...this.#seen.statusIat };
    for (const { uri, iat } of entries) statusIat[uri] = Math.max(iat, statusIat[uri] ?? 0);
    this.#seen = { trustSequence: Math.max(made.sequence, this.#seen.trustSequence), statusIat };
  }

  #keep(used) {
    const files = [...used].map(([name, data]) => ["published", name, data]);
    return this.#store.write([...files, ["state", "seen", this.#seen], ["state", "checkedAt", this.checkedAt]]);
  }

  /** When the newest of the lists was signed, seconds since 1970; 0 without any. */
  get newest() {
    return Math.max(this.status.newest, this.trust?.issuedAt ?? 0);
  }

  /** "none", "fresh", "ageing" or "stale" at `now` (seconds), by the status lists and the trust list's own end. */
  band(now) {
    if (!this.trust) return "none";
    const age = now - this.status.newest;
    if (!this.status.newest || age > STALE_SECONDS || now >= this.trust.nextUpdate) return "stale";
    return age > FRESH_SECONDS ? "ageing" : "fresh";
  }
}

/** The names in the host's index that have the shape of a list's name: [kind, name] each. Nothing else is ever fetched. */
export function wanted(index) {
  const named = { status: index.status, known: index.known_seals };
  return Object.entries(named).flatMap(([kind, names]) =>
    (Array.isArray(names) ? names.slice(0, NAMES_MOST) : []).filter((name) => typeof name === "string" && SHAPES[kind].test(name)).map((name) => [kind, name]),
  );
}

function statusKeys(list) {
  const keys = [...trust.ofRole(list.keys.values(), "status").values()];
  return JSON.stringify(keys.map((key) => [[...key.kid], key.x, key.y].map(String)).sort());
}
