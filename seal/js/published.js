/**
 * The rules of the folder of signed files, twin of published/folder.py, memory.py and watch.py: what is taken, what is refused and why, and
 * what is remembered. Fetching and keeping the files is the caller's.
 *
 *     trust-list              the trust list, for readers that pin one key
 *     roots/<version>         root documents; roots/trust-list: the trust list, for readers that pin one of them
 *     status/<n>              status lists
 *     proofs/<digest>         the proof of a status list, by its SHA-256 in hex (listed.js)
 */

import { ListError } from "./errors.js";
import * as listed from "./listed.js";
import * as roots from "./roots.js";
import * as statuses from "./status.js";
import * as trusts from "./trust.js";

export const TRUST_LIST = "trust-list";
export const SIGNED = "roots/trust-list";
export const { proofName } = listed;
export const FILE_MAX = 8 << 20; // octets; a trust list of a thousand keys is 1 MB
const STATUS = /^status\/[1-9][0-9]{0,3}$/;

/** The newest lists seen, so that nobody can roll a verifier back by serving old files. A plain object, as it is stored. */
export const BLANK = Object.freeze({ trustSequence: 0, statusIat: Object.freeze({}) });

/** Return the memory with what is newer than before. */
export function learn(memory, trustSequence, statusIat) {
  const newer = Object.entries(statusIat).filter(([uri, iat]) => iat > iatOf(memory, uri));
  return {
    trustSequence: Math.max(memory.trustSequence, trustSequence),
    statusIat: { ...memory.statusIat, ...Object.fromEntries(newer) },
  };
}

function iatOf(memory, uri) {
  return Object.hasOwn(memory.statusIat, uri) ? memory.statusIat[uri] : 0;
}

/**
 * Return a promise of everything in `files` (a Map of Uint8Arrays by name) that holds, and why the rest does not:
 * {trust, status, faults, memory, root}, faults being codes by name, memory what is to be remembered, and root the octets of a newer root
 * document than the pinned one, to be pinned in its place, or null.
 *
 * Throws ListError where there is no trust list to go by; a status list that cannot be used is only missing.
 */
export async function load(files, { root: pinned, memory }) {
  const { root, faults, data } = await newest(files, pinned);
  const trust = await trusts.verify(taken(files, trustListOf(root), "trust_list"), { root, seenSequence: memory.trustSequence });
  const lists = [];
  for (const name of numbered(files)) {
    await attempt(name, faults, async () => {
      const data = taken(files, name, "status_list");
      const entry = await statuses.verify(data, { trust });
      await listed.require(data, files, trust);
      if (entry.iat < iatOf(memory, entry.uri)) throw new ListError("status_list_older", entry.uri);
      lists.push(entry);
    });
  }
  const learned = learn(memory, trust.sequence, Object.fromEntries(lists.map((entry) => [entry.uri, entry.iat])));
  return { trust, status: statuses.collect(lists), faults, memory: learned, root: data };
}

/** Return the name of the trust list that a root's readers go by. */
export function trustListOf(root) {
  return root instanceof roots.RootDocument ? SIGNED : TRUST_LIST;
}

/**
 * Return a promise of {root, faults, data}: the newest root that the documents lead to from what is pinned, what was wrong with the one that
 * would follow, by its name, and the octets of the newest, null where no step was made. The caller remembers them: that is its root then.
 */
export async function newest(files, root) {
  if (!(root instanceof roots.RootDocument)) return { root, faults: {}, data: null };
  const { document, data, fault } = await roots.walk(root, (version) => files.get(`roots/${version}`) ?? null);
  return { root: document, faults: fault ? { [`roots/${document.version + 1}`]: fault } : {}, data };
}

function numbered(files) {
  const number = (name) => Number(name.split("/")[1]);
  return [...files.keys()].filter((name) => STATUS.test(name)).sort((one, other) => number(one) - number(other));
}

function taken(files, name, kind) {
  const data = files.get(name);
  if (!data) throw new ListError(`${kind}_missing`, name);
  if (data.length > FILE_MAX) throw new ListError(`${kind}_corrupt`, "too large");
  return data;
}

async function attempt(name, faults, take) {
  try {
    await take();
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
    faults[name] = error.code;
  }
}

/**
 * Return the new lists (as `load` does), and of the old ones those without a successor, as long as the same keys may sign them and no
 * proof is asked for now that was not before.
 *
 * A list that is kept grows old: after seven days the verdict itself no longer goes by it.
 */
export async function kept(before, loaded) {
  if ((await statusKeys(before.trust)) !== (await statusKeys(loaded.trust))) return loaded;
  if (loaded.trust.listsProven && !before.trust.listsProven) return loaded;
  const lists = new Map([...before.status.lists, ...loaded.status.lists]);
  return { ...loaded, status: statuses.collect([...lists.values()]) };
}

/** Return the status keys of a trust list as a text. */
async function statusKeys(trust) {
  const keys = [...trusts.ofRole(trust.keys, "status")].sort(([one], [other]) => (one < other ? -1 : 1));
  const points = await Promise.all(keys.map(async ([kid, key]) => [kid, await crypto.subtle.exportKey("jwk", key.publicKey)]));
  return JSON.stringify(points.map(([kid, { x, y }]) => [kid, x, y]));
}
