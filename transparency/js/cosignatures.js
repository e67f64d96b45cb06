/**
 * What each kind of key signs, and what it puts into its signature line (C2SP signed-note and tlog-cosignature).
 *
 * Octets of a line after the key's id: the signature alone (0x01), or a timestamp of 8 octets and then the signature (0x04, 0x06).
 */

import { compare, joined } from "../../seal/js/octets.js";
import * as checkpoints from "./checkpoints.js";
import { NoteError } from "./errors.js";
import { ED25519, ML_DSA_44 } from "./keys.js";
import { ED25519_SIGNATURE, ML_DSA_44_SIGNATURE, ed25519Holds, mlDsa44Holds } from "./signatures.js";
import { EMPTY_ROOT, HASH_BYTES, SIZE_MAX } from "./tree.js";

export const TIMESTAMP_BYTES = 8;
const UTF8 = new TextEncoder();
const LABEL = UTF8.encode("subtree/v1\n\0");

/** The leaves [start, end) of a log and the root over them (32 octets). A checkpoint is the subtree that starts at 0. */
export class Subtree {
  constructor(origin, start, end, root) {
    this.origin = origin;
    this.start = start;
    this.end = end;
    this.root = root;
  }
}

/** Return what ML-DSA-44 signs of a checkpoint. It would not sign extension lines: with such, NoteError `checkpoint_malformed`. */
export function subtreeOf(checkpoint) {
  if (checkpoint.extensions.length) throw new NoteError("checkpoint_malformed", "extension lines are not signed by ML-DSA-44");
  return new Subtree(checkpoint.origin, 0, checkpoint.size, checkpoint.root);
}

/** Return what a cosignature of Ed25519 signs ("Ed25519 signed message"). `timestamp`: POSIX seconds. */
export function messageV1(text, timestamp) {
  return UTF8.encode(`cosignature/v1\ntime ${timestamp}\n${text}`);
}

/**
 * Return what a cosignature of ML-DSA-44 signs: `cosigned_message` ("ML-DSA-44 signed message").
 *
 * A timestamp of 0 says nothing of the time; of a part of the tree that is all that may be said. Throws NoteError `subtree_malformed`.
 */
export function subtreeMessage(cosigner, timestamp, subtree) {
  const [origin, name] = [UTF8.encode(subtree.origin), UTF8.encode(cosigner)];
  const named = origin.length >= 1 && origin.length <= 255 && name.length >= 1 && name.length <= 255;
  if (!named || !isSubtree(subtree) || (subtree.start && timestamp)) throw new NoteError("subtree_malformed");
  const [time, start, end] = [timestamp, subtree.start, subtree.end].map(eightOctets);
  return joined(LABEL, [name.length], name, time, [origin.length], origin, start, end, subtree.root);
}

function eightOctets(number) {
  const octets = new Uint8Array(8);
  new DataView(octets.buffer).setBigUint64(0, BigInt(number));
  return octets;
}

/** Say whether there is such a subtree: `start` is a multiple of the smallest power of two that holds its leaves. */
function isSubtree({ start, end, root }) {
  const size = end - start;
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && size >= 0) || root.length !== HASH_BYTES) return false;
  if ((size === 0) !== (compare(root, EMPTY_ROOT) === 0)) return false;
  let power = 1;
  while (power < size) power *= 2;
  return start % power === 0;
}

/** Return what a key signs of a note. Cosigners sign checkpoints only. Throws NoteError. */
export function signedMessage(key, text, timestamp) {
  if (key.kind === ED25519) return UTF8.encode(text);
  const checkpoint = checkpoints.parse(text);
  return key.kind === ML_DSA_44 ? subtreeMessage(key.name, timestamp, subtreeOf(checkpoint)) : messageV1(text, timestamp);
}

/** Return the POSIX seconds that a signature line carries (0 if a key of kind 0x01 signed), or null if it is not of the key's form. */
export function timestampOf(key, signature) {
  const length = key.kind === ML_DSA_44 ? ML_DSA_44_SIGNATURE : ED25519_SIGNATURE;
  const stamp = key.kind === ED25519 ? 0 : TIMESTAMP_BYTES;
  if (signature.length !== stamp + length) return null;
  const timestamp = signature.subarray(0, stamp).reduce((number, octet) => number * 256 + octet, 0);
  return timestamp <= SIZE_MAX ? timestamp : null;
}

/** Say (in a promise) whether what a signature line carries holds over a message that was made with its timestamp. */
export async function holds(key, message, signature) {
  if (key.kind === ML_DSA_44) return mlDsa44Holds(key.public, message, signature.subarray(TIMESTAMP_BYTES));
  return ed25519Holds(key.public, message, key.kind === ED25519 ? signature : signature.subarray(TIMESTAMP_BYTES));
}
