/**
 * The rules of the folder of signed files, twin of published/folder.py, memory.py and watch.py: what is taken, what is refused and why, and
 * what is remembered. Fetching and keeping the files is the caller's.
 *
 *     trust-list              the trust list, for readers that pin one key
 *     roots/<version>         root documents; roots/trust-list: the trust list, for readers that pin one of them
 *     status/<n>              status lists
 *     proofs/<digest>         the proof of a status list, by its SHA-256 in hex (listed.js)
 */

import { Dates, PUBLISHER, ROOT } from "./dating.js";
import { ListError } from "./errors.js";
import * as listed from "./listed.js";
import * as roots from "./roots.js";
import * as statuses from "./status.js";
import * as trusts from "./trust.js";

export const TRUST_LIST = "trust-list";
export const SIGNED = "roots/trust-list";
export const { proofName } = listed;
export const CLOCK = "clock"; // among the faults: this device's
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
 * Return a promise of everything in `files` (a Map of Uint8Arrays by name) that holds at `now` (seconds), and why the rest does not:
 * {trust, status, faults, memory, dates, ahead, root}: faults are codes by name, memory is what is to be remembered, dates say who signed when
 * (`known`, a Map by signer: elsewhere), ahead names the files that are dated ahead of the clock and not to be kept, and root has the octets
 * of a newer root document than the pinned one, to be pinned in its place, or null.
 *
 * What one signer dated ahead of `now` is not there yet; where two independent ones did, everything is used and this clock is behind
 * (docs/format.md §7). Neither is learnt. `held` is the trust list of before, to go by while a newer one is not there yet.
 * Throws ListError where there is no trust list to go by; a status list that cannot be used is only missing.
 */
export async function load(files, { root: pinned, memory, now, held = null, known = new Map() }) {
  const { root, faults, data } = await newest(files, pinned);
  const name = trustListOf(root);
  let trust = await trusts.verify(taken(files, name, "trust_list"), { root, seenSequence: memory.trustSequence });
  const [dates, ahead] = [new Dates(now, new Map(known)), []];
  const late = dates.note(ROOT, trust.issuedAt);
  if (late) ahead.push(name);
  let found = await statusLists(files, { trust, memory, dates, faults });
  if (dates.disagrees) faults[CLOCK] = "clock_disagrees";
  else if (late) {
    if (!held) throw new ListError("trust_list_ahead", `${trust.issuedAt - now} s`);
    trust = held;
    faults[name] = "trust_list_ahead";
    found = await statusLists(files, { trust, memory, dates, faults });
  }
  const there = new Map([...found].filter(([, entry]) => !dates.ahead(entry.iat)));
  for (const name of found.keys()) {
    if (there.has(name)) continue;
    ahead.push(name);
    if (!dates.disagrees) faults[name] = "status_list_ahead";
  }
  const iats = Object.fromEntries([...there.values()].map((entry) => [entry.uri, entry.iat]));
  const learned = learn(memory, dates.ahead(trust.issuedAt) ? 0 : trust.sequence, iats);
  const used = [...(dates.disagrees ? found : there).values()];
  const uris = new Set([...found.values()].map(({ uri }) => uri));
  for (const { uri } of used) uris.delete(uri);
  const status = statuses.collect(used).told({ attested: dates.attested, dated: dates.dated, ahead: uris });
  return { trust, status, faults, memory: learned, dates, ahead, root: data };
}

/** Return the status lists that hold, by file, and note their dates; what is wrong with the others goes to `faults`. */
async function statusLists(files, { trust, memory, dates, faults }) {
  const found = new Map();
  for (const name of numbered(files)) {
    delete faults[name];
    await attempt(name, faults, async () => {
      const data = taken(files, name, "status_list");
      const entry = await statuses.verify(data, { trust });
      await listed.require(data, files, trust, dates);
      if (entry.iat < iatOf(memory, entry.uri)) throw new ListError("status_list_older", entry.uri);
      dates.note(PUBLISHER, entry.iat);
      found.set(name, entry);
    });
  }
  return found;
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
 * A list that is kept is not dated ahead of the clock, and grows old: after seven days the verdict itself no longer goes by it.
 */
export async function kept(before, loaded) {
  if ((await statusKeys(before.trust)) !== (await statusKeys(loaded.trust))) return loaded;
  if (loaded.trust.listsProven && !before.trust.listsProven) return loaded;
  const there = [...before.status.lists].filter(([, entry]) => !loaded.dates.ahead(entry.iat)); // the clock may be put back
  const lists = new Map([...there, ...loaded.status.lists]);
  const ahead = new Set([...loaded.status.ahead].filter((uri) => !lists.has(uri)));
  return { ...loaded, status: statuses.collect([...lists.values()]).told({ ...loaded.status, ahead }) };
}

/** Return the status keys of a trust list as a text. */
async function statusKeys(trust) {
  const keys = [...trusts.ofRole(trust.keys, "status")].sort(([one], [other]) => (one < other ? -1 : 1));
  const points = await Promise.all(keys.map(async ([kid, key]) => [kid, await crypto.subtle.exportKey("jwk", key.publicKey)]));
  return JSON.stringify(points.map(([kid, { x, y }]) => [kid, x, y]));
}
