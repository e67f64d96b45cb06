// The signed lists on this phone: fetched when there is a network, verified before they are kept, loaded without one. What is taken and
// what is refused is the core's to say (seal/js/published.js); here is where the files come from and where they stay.
import { Dates, documents, ListError, published, status, trust } from "./core.js";
import * as roots from "./root.js";

const NAMES_MOST = 2000;
const PATIENCE_MS = 20_000;
const INDEX = "/.well-known/khatm/index";
const PATHS = {
  [published.TRUST_LIST]: "/.well-known/khatm/trust-list",
  [published.SIGNED]: "/.well-known/khatm/roots/trust-list",
  status: "/status",
  roots: "/.well-known/khatm/roots",
  proofs: "/.well-known/khatm/proofs",
};
const SHAPES = { status: /^[1-9][0-9]{0,3}$/, roots: /^[1-9][0-9]{0,3}$/ };

export const FRESH_SECONDS = trust.FRESH_SECONDS;
export const STALE_SECONDS = status.STALE_SECONDS;

/** The host did not answer, or with nothing that could be used. */
class NetworkError extends Error {}

/** The host answered that it has no such file. */
class MissingError extends NetworkError {}

async function fetched(path) {
  try {
    const options = { cache: "no-cache", credentials: "omit", redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) };
    const answer = await fetch(path, options);
    if (!answer.ok) throw new (answer.status === 404 ? MissingError : NetworkError)(`${path}: ${answer.status}`);
    return { data: new Uint8Array(await answer.arrayBuffer()), date: Date.parse(answer.headers.get("Date") ?? "") };
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) throw new NetworkError(path, { cause: error });
    throw error;
  }
}

function json(data) {
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch (error) {
    throw new NetworkError("not JSON", { cause: error });
  }
}

/** The lists of one phone. `trust` is null before the first good trust list. Tells of news by the event "change". */
export class Lists extends EventTarget {
  root = null; // what is pinned: a root document, or a JWK (root.js)
  offered = null; // another root that the host names now: shown to the person, never used by itself
  trust = null;
  status = status.NONE;
  faults = {}; // codes by the file's name
  checkedAt = null; // when the host last answered with good lists, milliseconds
  skew = 0; // this phone's clock minus the host's, seconds, when they last met: a hint for people, never for verdicts
  refreshing = null;
  failed = false; // whether the last attempt to refresh went wrong
  dates = new Map(); // the newest date that each signer gave, seconds since 1970, by signer (seal/js/dating.js)
  known = () => new Map(); // the same, as it is known elsewhere: of the log of seals
  #store;
  #memory = published.BLANK;
  #good = null; // {trust, status}: the last that no two signers' dates spoke against

  constructor(store) {
    super();
    this.#store = store;
  }

  /** Load what this phone holds at `now` (milliseconds). No network is needed. */
  async load(now) {
    this.root = (await this.#store.get("state", "root")) ?? null;
    if (!this.root) return;
    this.#memory = (await this.#store.get("state", "memory")) ?? published.BLANK;
    this.checkedAt = (await this.#store.get("state", "checkedAt")) ?? null;
    await this.#attempt(async () => {
      const pinned = { pinned: this.root, root: await roots.read(this.root), faults: {} };
      await this.#use(await this.#store.all("published"), pinned, now);
    });
  }

  /** Fetch, verify and keep what is new. True if the host answered with good lists; a bad or missing network costs nothing. */
  refresh(now) {
    this.refreshing ??= this.#attempt(() => this.#refresh(now)).finally(() => {
      this.refreshing = null;
      this.dispatchEvent(new Event("change"));
    });
    this.dispatchEvent(new Event("change"));
    return this.refreshing;
  }

  async #attempt(work) {
    try {
      await work();
      this.failed = false;
      return true;
    } catch (error) {
      this.failed = true;
      if (error instanceof ListError) this.faults = { [error.code.startsWith("root_") ? "root" : published.TRUST_LIST]: error.code };
      else if (!(error instanceof NetworkError)) throw error;
      return false;
    }
  }

  async #refresh(now) {
    const named = json((await fetched("root.json")).data);
    const index = await fetched(INDEX);
    if (index.date) this.skew = Math.round((now() - index.date) / 1000);
    const listed = wanted(json(index.data));
    const met = await this.#meetRoot(named, listed);
    const trustList = published.trustListOf(met.root);
    const names = [trustList, ...listed.filter(([kind]) => kind === "status").map(([, name]) => `status/${name}`)];
    const files = new Map(await Promise.all(names.map(async (name) => [name, await octetsOf(name)])));
    for (const [name, data] of await this.#proofs(files, met.root)) files.set(name, data);
    const ahead = await this.#use(files, met, now());
    this.checkedAt = now();
    await this.#keep(files, ahead);
  }

  /** The proofs of status lists, if the trust list asks for them: from this phone where it has them, for a proof never changes. */
  async #proofs(files, root) {
    const sequence = { root, seenSequence: this.#memory.trustSequence };
    const { listsProven } = await trust.verify(files.get(published.trustListOf(root)), sequence);
    const lists = [...files].filter(([name]) => listsProven && name.startsWith("status/"));
    const found = await Promise.all(lists.map(async ([, list]) => this.#proof(published.proofName(list))));
    return found.filter(([, data]) => data);
  }

  async #proof(name) {
    const held = await this.#store.get("published", name);
    if (held) return [name, held];
    try {
      return [name, (await fetched(`${PATHS.proofs}/${name.split("/")[1]}`)).data];
    } catch (error) {
      if (error instanceof MissingError) return [name, null]; // then its list counts for nothing, and the other ones count
      throw error;
    }
  }

  /**
   * Pin the root at the first meeting; later only go where its own holders lead, and report another one. Returns a promise of {pinned, root,
   * faults}: what is to be pinned once there is a trust list under it, the same as it is verified by, and the document that was not followed.
   */
  async #meetRoot(named, listed) {
    const { floorSequence } = await roots.read(named);
    if (this.root === null) await this.#store.put("state", "root", (this.root = named));
    const raised = !roots.isDocument(named) && roots.same(this.root, named) && floorSequence > this.root.floor_sequence;
    let pinned = raised || (await roots.takesOver(this.root, named)) ? named : this.root;
    const held = await roots.read(pinned);
    const { root, faults, data } = await published.newest(await following(held, listed), held);
    if (data) pinned = roots.pinnedFrom(data);
    this.offered = (await roots.another(pinned, named)) ? named : null;
    return { pinned, root, faults };
  }

  /** Take the offered root if `typed` is its code, as the office told it. What the old root vouched for is forgotten. */
  async acceptRoot(typed) {
    if (!this.offered || !(await roots.matches(typed, this.offered))) return false;
    [this.root, this.offered] = [this.offered, null];
    [this.trust, this.status, this.#memory, this.checkedAt, this.#good] = [null, status.NONE, published.BLANK, null, null];
    this.dates = new Map();
    await this.#store.clear("published");
    await this.#store.write([
      ["state", "root", this.root],
      ["state", "memory", undefined],
      ["state", "checkedAt", undefined],
    ]);
    this.dispatchEvent(new Event("root"));
    return true;
  }

  /**
   * Take files over at `now` (milliseconds), under what `#meetRoot` said; return the names of those that are dated ahead of this phone's clock.
   */
  async #use(files, { pinned, root, faults }, now) {
    const before = this.#good;
    const told = { root, memory: this.#memory, now: Math.floor(now / 1000), held: before?.trust, known: this.known() };
    const loaded = await published.load(files, told);
    const used = before ? await published.kept(before, loaded) : loaded;
    if (!loaded.dates.disagrees) this.#good = { trust: used.trust, status: used.status };
    [this.trust, this.status, this.faults, this.#memory] = [used.trust, used.status, { ...used.faults, ...faults }, used.memory];
    this.dates = loaded.dates.newest;
    if (!used.ahead.includes(published.trustListOf(root))) this.root = pinned; // a root counts from its first list on
    return used.ahead;
  }

  // A file that was refused, or is dated ahead of the clock, does not take the place of a good one.
  async #keep(files, ahead) {
    const refused = (name) => Object.hasOwn(this.faults, name) || ahead.includes(name);
    const good = [...files].filter(([name]) => !refused(name)).map(([name, data]) => ["published", name, data]);
    const state = [
      ["state", "root", this.root],
      ["state", "memory", this.#memory],
      ["state", "checkedAt", this.checkedAt],
    ];
    await this.keeping(async () => {
      await this.#store.write([...good, ...state]);
      await this.#store.write(useless(await this.#store.all("published")));
    });
  }

  /** Write to the store; a full phone is a fault that people are told of, and costs no verdict. */
  async keeping(write) {
    try {
      await write();
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.faults = { ...this.faults, storage: "storage_full" };
    }
  }

  /** Whose licenses these are: {prefix, name}, null before the first trust list. */
  get governorate() {
    return this.trust?.governorate ?? null;
  }

  /** What stands before our license numbers. */
  get prefix() {
    return (this.governorate ?? trust.UNNAMED).prefix;
  }

  /** So late it is at the least, seconds since 1970: what is used was signed by then, or two signers say so. 0 without any. */
  get newest() {
    return Math.max(this.status.newest, this.trust?.issuedAt ?? 0, this.timed.attested);
  }

  /** The status lists, with what the dates of all signers say of the time: also of those that the log of seals has. */
  get timed() {
    const known = new Dates(0, new Map(this.dates));
    for (const [signer, at] of this.known()) known.note(signer, at);
    return this.status.told({ attested: known.attested, dated: known.dated });
  }

  /** "none", "fresh", "ageing" or "stale" at `now` (seconds), by the status lists and by the trust list's own end. */
  band(now) {
    if (!this.trust) return "none";
    const age = now - this.status.newest;
    if (!this.status.newest || age > STALE_SECONDS || now >= this.trust.nextUpdate) return "stale";
    return age > FRESH_SECONDS ? "ageing" : "fresh";
  }
}

/** A promise of a published file's octets. */
async function octetsOf(name) {
  const [kind, number] = name.split("/");
  return (await fetched(PATHS[name] ?? `${PATHS[kind]}/${number}`)).data;
}

/** A promise of the root documents, by name, that may follow the one that is held: each is 10 kB, and there is seldom any. */
async function following(held, listed) {
  if (!(held instanceof documents.RootDocument)) return new Map();
  const versions = listed.filter(([kind, name]) => kind === "roots" && Number(name) > held.version).map(([, name]) => Number(name));
  const next = versions.sort((one, other) => one - other).slice(0, documents.STEPS_MOST);
  return new Map(await Promise.all(next.map(async (version) => [`roots/${version}`, await octetsOf(`roots/${version}`)])));
}

/** What removes the proofs of lists that are held no more. */
function useless(files) {
  const lists = [...files].filter(([name]) => name.startsWith("status/"));
  const needed = new Set(lists.map(([, list]) => published.proofName(list)));
  return [...files.keys()].filter((name) => name.startsWith("proofs/") && !needed.has(name)).map((name) => ["published", name, undefined]);
}

/** The names in the host's index that have the shape of a list's name: [kind, name] each. Nothing else is ever fetched. */
export function wanted(index) {
  const named = { status: index?.status, roots: index?.roots };
  return Object.entries(named).flatMap(([kind, names]) =>
    (Array.isArray(names) ? names.slice(0, NAMES_MOST) : [])
      .filter((name) => typeof name === "string" && SHAPES[kind].test(name))
      .map((name) => [kind, name]),
  );
}
