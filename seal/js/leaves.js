/**
 * What a seal is in the log: its position, its entry, its leaf (docs/format.md §18).
 *
 * A leaf binds all that was signed *and* the signature, so that nobody who guesses every field of a license can confirm the guess; and it has
 * one form, whichever of its two signatures (s or n - s) a code carries. The tree itself is none of this room's business.
 */

import * as cose from "./cose.js";
import { joined } from "./octets.js";
import { ENTRIES } from "./status.js";

/** The entry of a position that no seal ever got: in a list from before there was a log. */
export const VOID = new TextEncoder().encode("void");

/** Return the log's position of the seal at `index` of status list `listNumber` (the first is 1). */
export function positionOf(listNumber, index) {
  return (listNumber - 1) * ENTRIES + index;
}

/** Return the status list's number and the index in it, [list, index], of a position. */
export function slotOf(position) {
  return [Math.floor(position / ENTRIES) + 1, position % ENTRIES];
}

/** Return a promise of a seal's entry, 32 octets: SHA-256 of its signature, s in the lower half, and of what it signs. */
export function entryOf(message) {
  return sha256(joined(cose.low(message.signature), message.signed()));
}

/** Return a promise of the leaf hash of an entry, 32 octets (RFC 9162 §2.1.1). */
export function leafOf(entry) {
  return sha256(joined([0], entry));
}

async function sha256(octets) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", octets));
}
