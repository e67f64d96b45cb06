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
import { hex } from "./octets.js";
import * as order from "./order.js";
import * as roots from "./roots.js";
import * as statuses from "./status.js";
import * as trusts from "./trust.js";

export const TRUST_LIST = "trust-list";
export const SIGNED = "roots/trust-list";
export const { proofName } = listed;
export const CLOCK = "clock"; // among the faults: this device's
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
async function metTrust(memory, { sequence }, payload) {
  const digest = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", payload)));
  if (sequence === memory.trustSequence && !["", digest].includes(memory.trustDigest)) {
    throw new ListError("trust_list_forked", `sequence ${sequence}`);
  }
  return { ...memory, trustSequence: sequence, trustDigest: digest };
}

/** Return {entry, code} by file name: why lists (a Map by file name) may not follow what was seen, "" where they may. Nothing is learnt. */
function meet(memory, trust, met) {
  const codes = new Map([...met].map(([name, entry]) => [name, faultOf(memory, entry, trust)]));
  const taken = [...met].filter(([name]) => ["", order.FORKED].includes(codes.get(name)));
  const twofold = order.twofold(taken.map(([, entry]) => entry));
  for (const [name, entry] of met) if (twofold.has(order.nameOf(entry))) codes.set(name, order.FORKED);
  return new Map([...met].map(([name, entry]) => [name, { entry, code: codes.get(name) }]));
}

/** Return the memory with those lists that may follow what was seen, and with the numbers that have two contents. */
function learnLists(memory, met) {
  const taken = [...met.values()].filter(({ code }) => ["", order.FORKED].includes(code));
  return taken.reduce((known, { entry, code }) => learn(known, entry, code !== ""), memory);
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
 * Return a promise of everything in `files` (a Map of Uint8Arrays by name) that holds at `now` (seconds), and why the rest does not:
 * {trust, status, faults, memory, dates, ahead, root}: faults are codes by name, memory is what is to be remembered, dates say who signed when
 * (`known`, a Map by signer: elsewhere), ahead names the files that are dated ahead of the clock and not to be kept, and root has the octets
 * of a newer root document than the pinned one, to be pinned in its place, or null.
 *
 * What one signer dated ahead of `now` is not there yet; where two independent ones did, everything is used and this clock is behind
 * (docs/format.md §7). Neither is learnt. `held` is the trust list of before, to go by while a newer one is not there yet.
 * Throws ListError where there is no trust list to go by; a status list that cannot be used is only missing.
 */
export async function load(files, { root: pinned, memory: before, now, held = null, known = new Map() }) {
  const { root, faults, data } = await newest(files, pinned);
  const [seen, name] = [today(before), trustListOf(root)];
  const given = taken(files, name, "trust_list");
  let trust = await trusts.verify(given, { root, seenSequence: seen.trustSequence });
  const learned = await metTrust(seen, trust, root.payload(given, trusts.TYP));
  const [dates, ahead] = [new Dates(now, new Map(known)), []];
  const late = dates.note(ROOT, trust.issuedAt);
  if (late) ahead.push(name);
  const memory = late ? seen : learned;
  let found = await foundLists(files, { trust, memory, dates, faults });
  if (dates.disagrees) faults[CLOCK] = "clock_disagrees";
  else if (late) {
    if (!held) throw new ListError("trust_list_ahead", `${trust.issuedAt - now} s`);
    trust = held;
    faults[name] = "trust_list_ahead";
    found = await foundLists(files, { trust, memory, dates, faults });
  }
  const there = new Map([...found].filter(([, { entry }]) => !dates.ahead(entry.iat)));
  for (const [file, { code }] of found) {
    if (there.has(file)) continue;
    ahead.push(file);
    if (!dates.disagrees && !code) faults[file] = "status_list_ahead";
  }
  const good = (some) => [...some.values()].filter(({ code }) => !code).map(({ entry }) => entry);
  const used = good(dates.disagrees ? found : there);
  const uris = new Set(good(found).map(({ uri }) => uri));
  for (const { uri } of used) uris.delete(uri);
  const refused = [...found.values()].filter(({ code }) => code && code !== order.OLDER);
  const withheld = new Map(refused.map(({ entry, code }) => [entry.uri, code]));
  const status = statuses.collect(used, withheld).told({ attested: dates.attested, dated: dates.dated, ahead: uris });
  return { trust, status, faults, memory: learnLists(memory, there), dates, ahead, root: data };
}

/**
 * Return the status lists that hold, {entry, code} by file, code being why one may not follow what was seen, "" where it may; the dates of
 * those that may are noted, and what is wrong with any goes to `faults`.
 */
async function foundLists(files, { trust, memory, dates, faults }) {
  const met = new Map();
  for (const name of numbered(files)) {
    delete faults[name];
    await attempt(name, faults, async () => {
      const data = taken(files, name, "status_list");
      const entry = await statuses.verify(data, { trust });
      await listed.require(data, files, trust, dates);
      met.set(name, entry);
    });
  }
  const found = meet(memory, trust, met);
  for (const [name, { entry, code }] of found) {
    if (code) faults[name] = code;
    else dates.note(PUBLISHER, entry.iat);
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
  const { document: reached, data, fault } = await roots.walk(root, (version) => files.get(`roots/${version}`) ?? null);
  return { root: reached, faults: fault ? { [`roots/${reached.version + 1}`]: fault } : {}, data };
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
 * A list that is kept is not dated ahead of the clock, and grows old: after seven days the verdict itself no longer goes by it.
 */
export async function kept(before, loaded) {
  if ((await statusKeys(before.trust)) !== (await statusKeys(loaded.trust))) return loaded;
  if (loaded.trust.listsProven && !before.trust.listsProven) return loaded;
  const { trust, status, dates } = loaded;
  const isVoid = ([, { kid, sequence }]) => trust.keys.get(kid).voids(sequence);
  const voided = [...before.status.lists].filter(isVoid).map(([uri]) => [uri, order.VOIDED]);
  const there = [...before.status.lists].filter(([, entry]) => !dates.ahead(entry.iat)); // the clock may be put back
  const stay = there.filter((each) => !isVoid(each) && status.withheld.get(each[0]) !== order.FORKED);
  const both = statuses.collect([...new Map([...stay, ...status.lists]).values()], new Map([...status.withheld, ...voided]));
  const ahead = new Set([...status.ahead].filter((uri) => !both.lists.has(uri)));
  return { ...loaded, status: both.told({ attested: status.attested, dated: status.dated, ahead }) };
}

/** Return the status keys of a trust list as a text. */
async function statusKeys(trust) {
  const keys = [...trusts.ofRole(trust.keys, "status")].sort(([one], [other]) => (one < other ? -1 : 1));
  const points = await Promise.all(keys.map(async ([kid, key]) => [kid, await crypto.subtle.exportKey("jwk", key.publicKey)]));
  return JSON.stringify(points.map(([kid, { x, y }]) => [kid, x, y]));
}
