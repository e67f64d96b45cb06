/**
 * The rules of the folder of signed files, twin of published/folder.py, memory.py and watch.py: what is taken, what is refused and why, and
 * what is remembered. Fetching and keeping the files is the caller's.
 *
 *     trust-list              the trust list
 *     status/<n>              status lists
 *     proofs/<digest>         the proof of a status list, by its SHA-256 in hex (listed.js)
 */

import { ListError } from "./errors.js";
import * as listed from "./listed.js";
import { hex } from "./octets.js";
import * as order from "./order.js";
import * as cose from "./cose.js";
import * as statuses from "./status.js";
import * as trusts from "./trust.js";

export const TRUST_LIST = "trust-list";
export const { proofName } = listed;
export const FILE_MAX = 8 << 20; // octets; a trust list of a thousand keys is 1 MB
const STATUS = /^status\/[1-9][0-9]{0,3}$/;

/**
 * The newest lists seen, so that nobody can roll a verifier back by serving old files. A plain object, as it is stored: the trust list's number
 * and the SHA-256 (hex) of what the root signed under it, "" where nobody wrote that down; the newest iat of status lists without a number, by
 * their names; and of those with one, by name and kid, what order.js knows. Nothing in it ever goes down.
 */
export const BLANK = Object.freeze({ trustSequence: 0, trustDigest: "", statusIat: Object.freeze({}), numbers: Object.freeze({}) });

/** Return the memory of before as it is today: one from before there were numbers has none. */
const today = (memory) => ({ ...BLANK, ...memory });

/** Return a promise of the memory with a trust list that holds. Throws ListError `trust_list_forked` for another one of a number seen. */
async function metTrust(memory, { sequence }, data) {
  const digest = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", cose.fromBytes(data).payload)));
  if (sequence === memory.trustSequence && !["", digest].includes(memory.trustDigest)) {
    throw new ListError("trust_list_forked", `sequence ${sequence}`);
  }
  return { ...memory, trustSequence: sequence, trustDigest: digest };
}

/** Return {faults, memory}: why lists (a Map by file name) may not follow what was seen, and the memory with those that may. */
function metLists(memory, trust, met) {
  const faults = Object.fromEntries([...met].map(([name, entry]) => [name, faultOf(memory, entry, trust)]));
  const taken = ([name]) => ["", order.FORKED].includes(faults[name]);
  const twofold = order.twofold([...met].filter(taken).map(([, entry]) => entry));
  for (const [name, entry] of met) if (twofold.has(order.nameOf(entry))) faults[name] = order.FORKED;
  const learned = [...met].filter(taken).reduce((known, [name, entry]) => learn(known, entry, faults[name] !== ""), memory);
  return { faults: Object.fromEntries(Object.entries(faults).filter(([, code]) => code)), memory: learned };
}

function faultOf(memory, entry, trust) {
  const late = !entry.sequence && entry.iat < (own(memory.statusIat, entry.uri) ?? 0);
  return order.fault(entry, own(memory.numbers, entry.uri) ?? {}, trust) || (late ? order.OLDER : "");
}

function learn(memory, { uri, iat, sequence, kid, digest }, forked) {
  if (!sequence) return { ...memory, statusIat: { ...memory.statusIat, [uri]: Math.max(iat, own(memory.statusIat, uri) ?? 0) } };
  const known = own(memory.numbers, uri) ?? {};
  const seen = order.joined(own(known, kid), { sequence, digest, forked });
  return { ...memory, numbers: { ...memory.numbers, [uri]: { ...known, [kid]: seen } } };
}

function own(held, name) {
  return Object.hasOwn(held, name) ? held[name] : undefined;
}

/**
 * Return a promise of everything in `files` (a Map of Uint8Arrays by name) that holds, and why the rest does not:
 * {trust, status, faults, memory}, faults being codes by name, and memory what is to be remembered.
 *
 * Throws ListError where there is no trust list to go by; a status list that cannot be used is only missing.
 */
export async function load(files, { root, memory: before }) {
  const [memory, data] = [today(before), taken(files, TRUST_LIST, "trust_list")];
  const trust = await trusts.verify(data, { root, seenSequence: memory.trustSequence });
  const known = await metTrust(memory, trust, data);
  const [met, faults] = [new Map(), {}];
  for (const name of numbered(files)) {
    await attempt(name, faults, async () => {
      const data = taken(files, name, "status_list");
      const entry = await statuses.verify(data, { trust });
      await listed.require(data, files, trust);
      met.set(name, entry);
    });
  }
  const { faults: late, memory: learned } = metLists(known, trust, met);
  const lists = [...met].filter(([name]) => !Object.hasOwn(late, name)).map(([, entry]) => entry);
  const withheld = new Map(Object.entries(late).filter(([, code]) => code !== order.OLDER).map(([name, code]) => [met.get(name).uri, code]));
  return { trust, status: statuses.collect(lists, withheld), faults: { ...faults, ...late }, memory: learned };
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
 * Return the new lists (as `load` does), and of the old ones those without a successor, as long as the same keys may sign them, no proof is
 * asked for now that was not before, they are not void, and nothing else came under their number.
 *
 * A list that is kept grows old: after seven days the verdict itself no longer goes by it.
 */
export async function kept(before, loaded) {
  if ((await statusKeys(before.trust)) !== (await statusKeys(loaded.trust))) return loaded;
  if (loaded.trust.listsProven && !before.trust.listsProven) return loaded;
  const { trust, status } = loaded;
  const void_ = new Map([...before.status.lists].filter(([, { kid, sequence }]) => trust.keys.get(kid).voids(sequence)).map(([uri]) => [uri, order.VOIDED]));
  const stay = [...before.status.lists].filter(([uri]) => !void_.has(uri) && status.withheld.get(uri) !== order.FORKED);
  const lists = new Map([...stay, ...status.lists]);
  return { ...loaded, status: statuses.collect([...lists.values()], new Map([...status.withheld, ...void_])) };
}

/** Return the status keys of a trust list as a text. */
async function statusKeys(trust) {
  const keys = [...trusts.ofRole(trust.keys, "status")].sort(([one], [other]) => (one < other ? -1 : 1));
  const points = await Promise.all(keys.map(async ([kid, key]) => [kid, await crypto.subtle.exportKey("jwk", key.publicKey)]));
  return JSON.stringify(points.map(([kid, { x, y }]) => [kid, x, y]));
}
