// What the phone keeps: signed lists as they came, the newest it has seen, the pinned root, choices, the log of its verdicts, tiles of the log
// of seals, and on a phone of an authority its key, its pack of that log and its inspections.
// IndexedDB; where a browser refuses it (private browsing), memory for as long as the page is open, and `lasting` is false.
import { openDB } from "idb";

const NAME = "khatm";
const VERSION = 4; // 2 brought the log, 3 the inspections, 4 what is held of the log of seals
const STORES = ["published", "state", "log", "device", "inspections", "photographs", "drafts", "tiles", "packs"];

/** Open the store. */
export async function open() {
  try {
    const db = await openDB(NAME, VERSION, {
      upgrade: prepare,
      blocking(_, __, { target }) {
        target.close(); // a newer version of the app, in another tab, wants to change the store
      },
    });
    return new Lasting(db);
  } catch (error) {
    if (error instanceof DOMException) return new Passing();
    throw error;
  }
}

async function prepare(db, _, __, transaction) {
  for (const name of STORES.filter((name) => !db.objectStoreNames.contains(name))) {
    const store = db.createObjectStore(name);
    if (name === "log") store.createIndex("at", "at");
  }
  if (db.objectStoreNames.contains("scans")) {
    await takeOver(transaction);
    db.deleteObjectStore("scans");
  }
}

/** Version 1 kept the seals alone, by their numbers; what had been found of them it did not write down. */
async function takeOver(transaction) {
  const [numbers, scans] = await Promise.all([transaction.objectStore("scans").getAllKeys(), transaction.objectStore("scans").getAll()]);
  const unknown = { decision: "undecided", seal: null, place: "not_checked", reason: "log_not_recorded", detail: {} };
  const nothing = { distance_dm: null, uncertainty_dm: null, edition: null, reference: null, lists: null, changed: null, earlier: null, recalled: false };
  const about = ({ text, name, at }, i) => ({ id: numbers[i], sighting: numbers[i], number: numbers[i], kind: "license", text, name, at });
  const entry = (scan, i) => ({ ...unknown, ...nothing, ...about(scan, i) });
  await Promise.all(scans.map(entry).map((made) => transaction.objectStore("log").put(made, made.id)));
}

/** Undo what was asked before a fault: an error thrown by a request's making does not end the transaction by itself. */
function undo(transaction) {
  try {
    transaction.abort();
  } catch {
    // it has ended already
  }
}

class Lasting {
  lasting = true;
  #db;

  constructor(db) {
    this.#db = db;
  }

  get(store, key) {
    return this.#db.get(store, key);
  }

  put(store, key, value) {
    return this.#db.put(store, value, key);
  }

  /** All entries of a store by their keys. */
  async all(store) {
    const [keys, values] = await Promise.all([this.#db.getAllKeys(store), this.#db.getAll(store)]);
    return new Map(keys.map((key, i) => [key, values[i]]));
  }

  /**
   * Write and delete in one transaction: all of it happens, or nothing. `changes` is a list of [store, key, value]; undefined deletes.
   * With `only`, [store, key, test], nothing happens unless what is held there passes the test. Resolves to whether it happened.
   */
  async write(changes, { only = null, stores = STORES, durability = "default" } = {}) {
    const transaction = this.#db.transaction(stores, "readwrite", { durability });
    if (only && !only[2](await transaction.objectStore(only[0]).get(only[1]))) return false;
    const asked = [transaction.done];
    try {
      for (const [store, key, value] of changes) {
        const held = transaction.objectStore(store);
        asked.push(value === undefined ? held.delete(key) : held.put(value, key));
      }
      await Promise.all(asked);
    } catch (error) {
      Promise.allSettled(asked);
      undo(transaction);
      throw error;
    }
    return true;
  }

  /** Add entries to the log; the oldest make room. */
  async append(entries, most) {
    const transaction = this.#db.transaction("log", "readwrite");
    await Promise.all(entries.map((entry) => transaction.store.put(entry, entry.id)));
    let surplus = (await transaction.store.count()) - most;
    for (let cursor = await transaction.store.index("at").openCursor(); cursor && surplus > 0; surplus--) {
      await cursor.delete();
      cursor = await cursor.continue();
    }
    await transaction.done;
  }

  /** Put entries of the log in the place of those that are still there. */
  async amend(entries) {
    const transaction = this.#db.transaction("log", "readwrite");
    for (const entry of entries) if (await transaction.store.getKey(entry.id)) await transaction.store.put(entry, entry.id);
    await transaction.done;
  }

  clear(store) {
    return this.#db.clear(store);
  }
}

class Passing {
  lasting = false;
  #stores = Object.fromEntries(STORES.map((name) => [name, new Map()]));

  async get(store, key) {
    return this.#stores[store].get(key);
  }

  async put(store, key, value) {
    this.#stores[store].set(key, value);
  }

  async all(store) {
    return new Map(this.#stores[store]);
  }

  async write(changes, { only = null } = {}) {
    if (only && !only[2](this.#stores[only[0]].get(only[1]))) return false;
    for (const [store, key, value] of changes) {
      if (value === undefined) this.#stores[store].delete(key);
      else this.#stores[store].set(key, value);
    }
    return true;
  }

  async append(entries, most) {
    const { log } = this.#stores;
    for (const entry of entries) log.set(entry.id, entry);
    while (log.size > most) log.delete(log.keys().next().value);
  }

  async amend(entries) {
    for (const entry of entries) if (this.#stores.log.has(entry.id)) this.#stores.log.set(entry.id, entry);
  }

  async clear(store) {
    this.#stores[store].clear();
  }
}
