/** `.tlog-proof` files (C2SP tlog-proof): that an entry is in a log, in one file that needs nothing but the policy to be checked. */

import * as base64 from "./base64.js";
import { decimal } from "./checkpoints.js";
import { NoteError } from "./errors.js";
import * as heads from "./heads.js";
import * as notes from "./notes.js";
import { NOTE_MAX } from "./notes.js";
import { verifyInclusion } from "./proofs.js";
import { HASH_BYTES, PATH_MAX } from "./tree.js";

export const FIRST_LINE = "c2sp.org/tlog-proof@v1";
export const EXTRA_MAX = 65_536;
/** Octets of what stands before the checkpoint: the extra data and the hashes, in Base 64. */
export const HEAD_MAX = 96_000;

/** A leaf's place, the path from it to the root, the signed checkpoint as it was published, and data that nobody signed (or null). */
export class LogProof {
  constructor(index, path, checkpoint, extra = null) {
    this.index = index;
    this.path = path;
    this.checkpoint = checkpoint;
    this.extra = extra;
  }
}

/** Take a proof file apart; its checkpoint must be a signed note. Throws NoteError `proof_file_malformed`, and what notes throw. */
export function parse(data) {
  const gap = data.findIndex((octet, place) => octet === 10 && data[place + 1] === 10);
  const [head, checkpoint] = [data.subarray(0, gap), data.slice(gap + 2)];
  if (gap < 0 || head.length > HEAD_MAX || checkpoint.length > NOTE_MAX || head.some((octet) => octet > 127)) {
    throw new NoteError("proof_file_malformed");
  }
  const [first, ...lines] = new TextDecoder().decode(head).split("\n");
  const extra = lines[0]?.startsWith("extra ") ? base64.decode(lines.shift().slice(6)) : undefined;
  const index = lines[0]?.startsWith("index ") ? decimal(lines.shift().slice(6)) : null;
  const path = lines.map(base64.decode);
  if (first !== FIRST_LINE || index === null || path.some((each) => each?.length !== HASH_BYTES) || path.length > PATH_MAX) {
    throw new NoteError("proof_file_malformed");
  }
  if (extra !== undefined && (!extra?.length || extra.length > EXTRA_MAX)) throw new NoteError("proof_file_malformed");
  notes.parse(checkpoint);
  return new LogProof(index, path, checkpoint, extra ?? null);
}

/**
 * Return (a promise of) the head under which a leaf hash is proven to stand at `proof.index`. `extra` stays unproven.
 *
 * Throws what `heads.verify` throws, and ProofError.
 */
export async function verify(proof, leaf, policy) {
  const head = await heads.verify(proof.checkpoint, policy);
  verifyInclusion(head.checkpoint.root, head.checkpoint.size, proof.index, leaf, proof.path);
  return head;
}
