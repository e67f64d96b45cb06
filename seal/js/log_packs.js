/**
 * The seals of one authority in the log, eight octets each, for inspectors' phones without a network (docs/format.md §20). This side only reads.
 *
 *     log/pack/AUTHORITY/index        signed: the log's head, how many seals, and the SHA-256 of each segment
 *     log/pack/AUTHORITY/0            the first 4,096 seals, and so on; full segments never change
 *     log/pack/AUTHORITY/7.p/1234     the last one, as long as it is not full
 *
 * That the head is the log's, its own signatures tell, which are none of this room's business. That the seals are those of the authority,
 * and all of them, the key with the role `status` vouches for.
 */

import { isInteger } from "./cbor.js";
import * as cose from "./cose.js";
import { FormatError, ListError, SignatureError } from "./errors.js";
import { AUTHORITY } from "./license.js";
import { compare } from "./octets.js";
import { statusKey } from "./status.js";

export const TYP = "application/khatm-log-pack+cose";
export const SEGMENT = 4096; // seals in a full segment
export const PREFIX_BYTES = 8; // of a leaf hash: who wants another seal in its place makes 2**64 of them, on average
export const SEALS_MAX = 10_000_000;
export const HEAD_MAX = 262_144; // octets of a signed note
export const DIGEST_BYTES = 32;
export const GAP_BYTES_MAX = 8;
export const POSITION_MAX = 2 ** 53;
export const SEGMENT_BYTES_MAX = 65536; // 4,096 · (8 + 8)
export const INDEX_BYTES_MAX = 524288;
const MEMBERS = [6, "authority", "count", "head", "segments"];

/**
 * The index: at `iat` (seconds since 1970 UTC) an authority had `seals` under the log's `head` (a signed note). `digests` are the
 * SHA-256 of its segments.
 */
export class LogPack {
  constructor(authority, iat, head, seals, digests) {
    Object.assign(this, { authority, iat, head, seals, digests: Object.freeze(digests) });
    Object.freeze(this);
  }

  /** Return how many seals each segment has. */
  widths() {
    return widths(this.seals);
  }
}

/** Return how many seals each segment has, of so many in all. */
export function widths(count) {
  return Array.from({ length: Math.ceil(count / SEGMENT) }, (_, number) => Math.min(SEGMENT, count - number * SEGMENT));
}

/** Return where a segment lies below its authority's folder. */
export function path(number, width) {
  return width === SEGMENT ? String(number) : `${number}.p/${width}`;
}

/** Return a segment of `width` seals, which stand behind the position `after`: {positions, prefixes}. Throws FormatError `damaged`. */
export function fromBytes(data, width, { after = -1 } = {}) {
  const start = width * PREFIX_BYTES;
  if (!(start <= data.length && data.length <= SEGMENT_BYTES_MAX)) throw new FormatError("damaged", "log pack");
  const positions = new Float64Array(width);
  let [place, before] = [start, -1];
  for (let row = 0; row < width; row++) {
    let [gap, power, octet] = [0, 1, 128];
    for (let count = 0; octet > 127; count++) {
      if (place >= data.length || count >= GAP_BYTES_MAX) throw new FormatError("damaged", "log pack");
      octet = data[place++];
      if (octet === 0 && count > 0) throw new FormatError("damaged", "log pack");
      gap += (octet & 127) * power;
      power *= 128;
    }
    before += gap;
    if (gap === 0 || before >= POSITION_MAX) throw new FormatError("damaged", "log pack");
    positions[row] = before;
  }
  if (place !== data.length || (width && positions[0] <= after)) throw new FormatError("damaged", "log pack");
  return { positions, prefixes: data.subarray(0, start) };
}

/** Return a promise of the index in `data`. Throws ListError `log_pack_corrupt` or `log_pack_wrong_key`. */
export async function verify(data, { trust }) {
  if (data.length > INDEX_BYTES_MAX) throw new ListError("log_pack_corrupt", "too large");
  try {
    return parse(await cose.openTyped(data, TYP, (kid) => statusKey(trust, kid)));
  } catch (error) {
    if (error instanceof SignatureError) throw new ListError("log_pack_wrong_key", error.message);
    if (error instanceof FormatError) throw new ListError("log_pack_corrupt", error.message);
    throw error;
  }
}

/**
 * Return a promise of all seals of a pack, {positions, prefixes}, whose head covers `size` positions. Throws ListError `log_pack_corrupt`.
 */
export async function rows(pack, segments, { size }) {
  const [positions, prefixes] = [new Float64Array(pack.seals), new Uint8Array(pack.seals * PREFIX_BYTES)];
  const held = pack.widths();
  if (segments.length !== held.length) throw new ListError("log_pack_corrupt", "segments");
  try {
    for (const [number, width] of held.entries()) {
      if (!(await isSegment(pack, number, segments[number]))) throw new FormatError("damaged", "log pack");
      const first = number * SEGMENT;
      const found = fromBytes(segments[number], width, { after: first ? positions[first - 1] : -1 });
      positions.set(found.positions, first);
      prefixes.set(found.prefixes, first * PREFIX_BYTES);
    }
  } catch (error) {
    if (error instanceof FormatError) throw new ListError("log_pack_corrupt", error.message);
    throw error;
  }
  if (pack.seals && positions[pack.seals - 1] >= size) throw new ListError("log_pack_corrupt", "behind the head");
  return { positions, prefixes };
}

/** Return a promise of whether octets are the segment of that number. */
export async function isSegment(pack, number, data) {
  return compare(new Uint8Array(await crypto.subtle.digest("SHA-256", data)), pack.digests[number]) === 0;
}

/** A view of the log (logs.js) of one authority's seals. Of another's it knows no more than that they do not stand where these do. */
export class Packed {
  #rows;

  constructor({ authority, size, time, unwitnessedNewer = false, forked = false }, held) {
    Object.assign(this, { authority, size, time, unwitnessedNewer, forked });
    this.#rows = held;
    Object.freeze(this);
  }

  /** Return a promise of whether a leaf stands at a position, by its first eight octets; null where only another authority's seals can. */
  async holds(position, leaf, authority) {
    const { positions, prefixes } = this.#rows;
    const place = firstNotBelow(positions, position);
    if (positions[place] === position) {
      const start = place * PREFIX_BYTES;
      return compare(prefixes.subarray(start, start + PREFIX_BYTES), leaf.subarray(0, PREFIX_BYTES)) === 0;
    }
    return authority === this.authority ? false : null;
  }
}

function firstNotBelow(positions, wanted) {
  let [low, high] = [0, positions.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (positions[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function parse(payload) {
  const members = payload instanceof Map ? [...payload.keys()] : [];
  if (members.length !== MEMBERS.length || !MEMBERS.every((key) => members.includes(key))) throw new FormatError("damaged", "log pack");
  const [authority, iat, head, count, digests] = ["authority", 6, "head", "count", "segments"].map((key) => payload.get(key));
  const typed = [iat, count].every(isInteger) && typeof authority === "string" && head instanceof Uint8Array && Array.isArray(digests);
  if (!typed || !digests.every((digest) => digest instanceof Uint8Array)) throw new FormatError("damaged", "log pack");
  const fine =
    AUTHORITY.test(authority) &&
    iat >= 0 &&
    iat < POSITION_MAX &&
    head.length > 0 &&
    head.length <= HEAD_MAX &&
    count >= 0 &&
    count <= SEALS_MAX &&
    digests.length === Math.ceil(Number(count) / SEGMENT) &&
    digests.every((digest) => digest.length === DIGEST_BYTES);
  if (!fine) throw new FormatError("limit_broken", "log pack");
  return new LogPack(authority, Number(iat), head, Number(count), digests);
}
