/**
 * Status lists: a Token Status List as CWT, signed by a key with the role `status` (docs/format.md §7). This side only reads.
 *
 * The bits of an entry: 0 valid, 1 invalid (revoked, or never issued), 2 suspended, 3 superseded (application-specific).
 */

import * as cbor from "./cbor.js";
import * as cose from "./cose.js";
import { FormatError, ListError, SignatureError } from "./errors.js";
import { inflate } from "./inflate.js";
import { hex } from "./octets.js";
import { FRESH_SECONDS, ofRole } from "./trust.js";

export const TYP = "application/statuslist+cwt";
export const [SUB, IAT, EXP, STATUS_LIST] = [2, 6, 4, 65533]; // Token Status List, CWT claims
export const TRUST_SEQUENCE = -65538; // private: the trust list that was in force when this was signed
export const SEQUENCE = -65539; // private: the number of this list; whoever publishes never gives one twice, and each is higher than those before
export const [VALID, INVALID, SUSPENDED, SUPERSEDED] = [0, 1, 2, 3];
export const ENTRIES = 65_536;
export const ENTRIES_MAX = 1 << 20;
export const STALE_SECONDS = 7 * FRESH_SECONDS;

/**
 * A verified status list. Times are seconds since 1970 UTC; `octets` holds the entries, lowest bits first. `sequence` is its number, 0 for a
 * list from before they had one; `kid` (hex) says who signed it, and `digest` is the SHA-256 (hex) of what was signed.
 */
export class StatusList {
  constructor({ uri, iat, exp, bits, octets, trustSequence, sequence, kid, digest }) {
    Object.assign(this, { uri, iat, exp, bits, octets, trustSequence, sequence, kid, digest });
    Object.freeze(this);
  }

  /** How many entries the list has. */
  get length() {
    return this.octets.length * (8 / this.bits);
  }

  /** Return the status at `index`, null past the end. */
  at(index) {
    const perOctet = 8 / this.bits;
    const [place, position] = [Math.floor(index / perOctet), index % perOctet];
    if (place >= this.octets.length) return null;
    return (this.octets[place] >> (position * this.bits)) & ((1 << this.bits) - 1);
  }
}

/** The status lists (a Map by uri) that a verifier has at hand, all verified; `withheld`: why one is not that could be, a code by its uri. */
export class StatusLists {
  constructor(lists, confirmed = [0, 0], newest = 0, { attested = 0, dated = 0, ahead = new Set(), withheld = new Map() } = {}) {
    this.lists = lists;
    this.attested = attested; // so late it is at the least, by two independent signers (dating.js)
    this.dated = dated; // so late it is by any signer's word
    this.ahead = ahead; // uris whose list is not there yet, and none of before is at hand
    this.confirmed = Object.freeze(confirmed); // [trust sequence, the newest iat that named it]
    this.newest = newest; // when the newest list was signed, 0 without any
    this.withheld = withheld;
    Object.freeze(this);
  }

  /** Return the same lists beside what else is known of the time, and of lists that are not there yet. */
  told({ attested = this.attested, dated = this.dated, ahead = this.ahead }) {
    return new StatusLists(this.lists, this.confirmed, this.newest, { attested, dated, ahead, withheld: this.withheld });
  }
}

export const NONE = new StatusLists(new Map());

/** Return the lists as one object; of two with the same uri the one with the higher number counts, without numbers the newer. */
export function collect(lists, withheld = new Map()) {
  const ordered = [...lists].sort((one, other) => one.sequence - other.sequence || one.iat - other.iat);
  const newest = new Map(ordered.map((entry) => [entry.uri, entry]));
  const named = [...newest.values()].map((entry) => [entry.trustSequence, entry.iat]);
  const confirmed = named.reduce((most, pair) => (pair[0] - most[0] || pair[1] - most[1]) > 0 ? pair : most, named[0] ?? [0, 0]);
  const missing = new Map([...withheld].filter(([uri]) => !newest.has(uri)));
  return new StatusLists(newest, confirmed, named.length > 0 ? Math.max(...named.map(([, iat]) => iat)) : 0, { withheld: missing });
}

/**
 * Return a promise of the status list in `data`, signed by a key that `trust` gives the role `status`.
 *
 * Whether it is fresh is for the verdict to say. Throws ListError `status_list_corrupt` or `status_list_wrong_key`.
 */
export async function verify(data, { trust }) {
  try {
    const held = parse(await cose.openTyped(data, TYP, (kid) => statusKey(trust, kid)));
    const message = cose.fromBytes(data);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", message.payload));
    return new StatusList({ ...held, kid: hex(cose.headers(message).get(cose.KID)), digest: hex(digest) });
  } catch (error) {
    if (error instanceof SignatureError) throw new ListError("status_list_wrong_key", error.message);
    if (error instanceof FormatError) throw new ListError("status_list_corrupt", error.message);
    throw error;
  }
}

/** Return the status key `kid`. Throws SignatureError where the trust list knows none. */
export function statusKey(trust, kid) {
  const key = ofRole(trust.keys, "status").get(hex(kid));
  if (!key) throw new SignatureError("status_list_wrong_key", "kid");
  return key.publicKey;
}

function parse(payload) {
  const inner = payload instanceof Map ? payload.get(STATUS_LIST) : null;
  if (!(inner instanceof Map && inner.get("lst") instanceof Uint8Array)) throw new FormatError("damaged", "status list");
  const [uri, iat, exp] = [SUB, IAT, EXP].map((key) => payload.get(key));
  const bits = inner.get("bits");
  const [trustSequence, sequence] = [TRUST_SEQUENCE, SEQUENCE].map((key) => (payload.has(key) ? payload.get(key) : 0));
  const numbers = [iat, exp, trustSequence, sequence].every((number) => typeof number === "number" && number >= 0); // and below 2**53
  if (typeof uri !== "string" || !numbers || ![1, 2, 4, 8].includes(bits)) throw new FormatError("damaged", "status list");
  const octets = inflate(inner.get("lst"), ENTRIES_MAX);
  if (octets === null) throw new FormatError("damaged", "status list");
  return { uri, iat, exp, bits, octets, trustSequence, sequence };
}
