/**
 * The list of known seals of a compromised key: what the register really issued under it (docs/format.md §8). This side only reads.
 *
 * A thief can sign anything, with any date. Only what the register knows stays good, and it knows a seal by the SHA-256 of its payload,
 * which, unlike signatures and texts, has one form only.
 */

import * as cbor from "./cbor.js";
import * as cose from "./cose.js";
import { FormatError, ListError, SignatureError } from "./errors.js";
import { hex } from "./octets.js";
import { statusKey } from "./status.js";

export const TYP = "application/khatm-known-seals+cose";
export const DIGEST_BYTES = 16;

/** Return a promise of the name of a seal in the list, in hex: SHA-256 of its payload, cut to 16 bytes. */
export async function digest(payload) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", payload)).subarray(0, DIGEST_BYTES));
}

/**
 * Return a promise of the kid and the digests in `data`: [hex, Set of hex].
 *
 * Throws ListError `known_seals_corrupt` or `known_seals_wrong_key`.
 */
export async function verify(data, { trust }) {
  try {
    return parse(await cose.openTyped(data, TYP, (kid) => statusKey(trust, kid)));
  } catch (error) {
    if (error instanceof SignatureError) throw new ListError("known_seals_wrong_key", error.message);
    if (error instanceof FormatError) throw new ListError("known_seals_corrupt", error.message);
    throw error;
  }
}

function parse(payload) {
  const [kid, iat, seals] = ["kid", "iat", "seals"].map((key) => (payload instanceof Map ? payload.get(key) : null));
  const octets = kid instanceof Uint8Array && seals instanceof Uint8Array;
  if (!octets || seals.length % DIGEST_BYTES || !cbor.isInteger(iat)) throw new FormatError("damaged", "known seals");
  const digests = new Set();
  for (let start = 0; start < seals.length; start += DIGEST_BYTES) digests.add(hex(seals.subarray(start, start + DIGEST_BYTES)));
  return [hex(kid), digests];
}
