/** The Merkle tree of RFC 9162 §2.1.1 (the same as RFC 6962 §2.1), with SHA-256: the hashes, and how a tree is cut in two. */

import { sha256 } from "@noble/hashes/sha2.js";

import { joined } from "../../seal/js/octets.js";
import { ProofError } from "./errors.js";

export const HASH_BYTES = 32;
/** Of leaves in a tree: as far as whole numbers go here. */
export const SIZE_MAX = 9_007_199_254_740_991;
/** A path has a hash for each level that its leaf lies deep, at most 53; a proof of consistency one more. */
export const PATH_MAX = 64;
/** MTH({}) = HASH(): the root of the tree of size 0. */
export const EMPTY_ROOT = sha256(new Uint8Array());

/** Return HASH(0x00 || entry). */
export function leafHash(entry) {
  return sha256(joined([0], entry));
}

/** Return HASH(0x01 || left || right). */
export function nodeHash(left, right) {
  return sha256(joined([1], left, right));
}

/** Return the hashes above an even number of neighbouring hashes, both as concatenated octets. */
export function parents(row) {
  const above = new Uint8Array(row.length / 2);
  for (let place = 0; place < row.length; place += 64) above.set(sha256(joined([1], row.subarray(place, place + 64))), place / 2);
  return above;
}

/** Return the hash above 2**h neighbouring hashes, concatenated. */
export function top(row) {
  let above = row;
  while (above.length > HASH_BYTES) above = parents(above);
  return above.slice();
}

/** Return k, the largest power of two smaller than `size` (2 or more): the left side's leaves. No shifts: numbers go beyond 32 bits. */
export function split(size) {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

/** Throw ProofError `size_out_of_range` for what is no number of leaves. */
export function checkSize(size) {
  if (!(Number.isSafeInteger(size) && size >= 0)) throw new ProofError("size_out_of_range");
}
