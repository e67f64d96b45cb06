// What the phone keeps: signed lists as they came, the newest it has seen, the pinned root, choices, and the seals it has scanned.
// IndexedDB; where a browser refuses it (private browsing), memory for as long as the page is open, and `lasting` is false.
import { openDB } from "idb";

const NAME = "khatm";
const VERSION = 1;
const STORES = ["published", "state", "scans"];
export const SCANS_MOST = 300; // the oldest leave first

/** Open the store. */
export async function open() {
  try {
    const db = await openDB(NAME, VERSION, {
      upgrade(made) {
        for (const name of STORES) {
          const store = made.createObjectStore(name);
          if (name === "scans") store.createIndex("at", "at");
        }
      },
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

  /** Write and delete in one transaction: all of it happens, or nothing. `changes` is a list of [store, key, value]; undefined deletes. */
  async write(changes) {
    const transaction = this.#db.transaction(STORES, "readwrite");
    const done = changes.map(([store, key, value]) => {
      const held = transaction.objectStore(store);
      return value === undefined ? held.delete(key) : held.put(value, key);
    });
    await Promise.all([...done, transaction.done]);
  }

  /** Remember a scanned seal under its license number; the oldest scans make room. */
  async remember(number, scan) {
    const transaction = this.#db.transaction("scans", "readwrite");
    await transaction.store.put(scan, number);
    let surplus = (await transaction.store.count()) - SCANS_MOST;
    for (let cursor = await transaction.store.index("at").openCursor(); cursor && surplus > 0; surplus--) {
      await cursor.delete();
      cursor = await cursor.continue();
    }
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

  async write(changes) {
    for (const [store, key, value] of changes) {
      if (value === undefined) this.#stores[store].delete(key);
      else this.#stores[store].set(key, value);
    }
  }

  async remember(number, scan) {
    const scans = this.#stores.scans;
    scans.delete(number);
    scans.set(number, scan);
    while (scans.size > SCANS_MOST) scans.delete(scans.keys().next().value);
  }

  async clear(store) {
    this.#stores[store].clear();
  }
}
