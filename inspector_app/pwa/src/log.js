// The log of this phone: every verdict that was given, the newest first. It never leaves the phone but as a file that the person takes.
import { skeleton } from "./skeleton.js";

export const MOST = 2000; // the oldest leave first; some 2 MB

/** Tells of new entries by the event "change". */
export class Log extends EventTarget {
  #store;
  #keeping;

  /** `keeping` runs a write; a full phone costs the entry, never the verdict. */
  constructor(store, keeping) {
    super();
    [this.#store, this.#keeping] = [store, keeping];
  }

  async add(entries) {
    await this.#keeping(() => this.#store.append(entries, MOST));
    this.dispatchEvent(new Event("change"));
  }

  /** Put entries in the place of earlier ones with their ids; what the person has deleted stays so. */
  async amend(entries) {
    await this.#keeping(() => this.#store.amend(entries));
    this.dispatchEvent(new Event("change"));
  }

  /** All entries, the newest first. */
  async entries() {
    return [...(await this.#store.all("log")).values()].sort((one, other) => other.at - one.at);
  }

  /** The newest entry of a license number that holds a code, or null. */
  async latest(number) {
    return (await this.entries()).find((entry) => entry.number === number && entry.kind === "license" && entry.text) ?? null;
  }

  remove(id) {
    return this.#store.write([["log", id, undefined]]);
  }

  clear() {
    return this.#store.clear("log");
  }
}

/** The entries in which every word of `query` stands, in the name, the number or the reference, whatever its spelling. */
export function found(entries, query) {
  const words = query.split(/\s+/).map(skeleton).filter(Boolean);
  const held = ({ name, number, reference }) => [name, number, reference].filter(Boolean).map(skeleton);
  return words.length ? entries.filter((entry) => words.every((word) => held(entry).some((text) => text.includes(word)))) : entries;
}
