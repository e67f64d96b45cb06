/**
 * Status lists that stand in the log of acts, twin of published/listed.py: the proof of each, beside it among the published files
 * (docs/format.md §7, §18).
 *
 *     proofs/<SHA-256 of the list, hex>     a `.tlog-proof` file (C2SP tlog-proof) whose extra data is the act: 16 octets of salt, then CBOR
 */

import { sha256 } from "@noble/hashes/sha2.js";

import { LogError, NoteError } from "../../transparency/js/errors.js";
import { Policy } from "../../transparency/js/heads.js";
import * as keys from "../../transparency/js/keys.js";
import * as proofFiles from "../../transparency/js/proof_files.js";
import { leafHash } from "../../transparency/js/tree.js";
import * as cbor from "./cbor.js";
import { witness } from "./dating.js";
import { FormatError, ListError } from "./errors.js";
import { compare, hex } from "./octets.js";

export const PROOFS = "proofs";
export const PROOF_MAX = 256 << 10; // octets; with two witnesses it is 12 KB
const PUBLISHED = "published"; // the kind of row that an act of a list has
const SALT = 16; // octets

/** Return the name of a list's proof, by the list. */
export function proofName(data) {
  return `${PROOFS}/${hex(sha256(data))}`;
}

/**
 * Return (a promise) if a status list may count: no proof is asked for, or `files` (a Map of Uint8Arrays by name) has one, whose
 * witnesses' dates are noted. Throws ListError `status_list_unproven`.
 */
export async function require(data, files, trust, dates) {
  if (!trust.listsProven) return;
  const proof = files.get(proofName(data));
  if (!proof) throw new ListError("status_list_unproven", "no proof");
  if (proof.length > PROOF_MAX) throw new ListError("status_list_unproven", "too large");
  noteWitnesses(await check(sha256(data), proof, trust), dates);
}

/** Return (a promise of) the head under which a list, by its SHA-256, stands in the log of acts. Throws ListError `status_list_unproven`. */
export async function check(digest, proof, trust) {
  try {
    const found = proofFiles.parse(proof);
    if (!trust.acts || !found.extra || !publishes(found.extra, digest)) throw new ListError("status_list_unproven", "another act");
    return await proofFiles.verify(found, leafHash(sha256(found.extra)), policyOf(trust.acts));
  } catch (error) {
    if (error instanceof LogError) throw new ListError("status_list_unproven", error.code);
    throw error;
  }
}

/** Note when each witness signed a head. Witnesses' times say how late it is, and nothing else. */
export function noteWitnesses({ signed, witnesses }, dates) {
  for (const { key, timestamp } of signed) if (witnesses.has(key.name)) dates.note(witness(key.name), timestamp);
}

/** Say whether an act (salt ‖ CBOR) is that of publishing a file, and nothing else. */
function publishes(act, digest) {
  const body = parsed(act.subarray(SALT));
  if (!(Array.isArray(body) && body.length === 4 && Array.isArray(body[3]) && body[3].length === 1)) return false;
  const [at, actor, kind, [row]] = body;
  if (!(cbor.isInteger(at) && typeof actor === "string" && typeof kind === "string" && Array.isArray(row) && row.length === 3)) return false;
  const [table, name, published] = row;
  const named = Array.isArray(name) && name.length === 1 && typeof name[0] === "string";
  return table === PUBLISHED && named && published instanceof Uint8Array && compare(published, digest) === 0;
}

function parsed(data) {
  try {
    return cbor.parse(data);
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

/** Return by what a head is known; keys of a kind that this program does not know do nothing. Throws NoteError. */
export function policyOf({ origin, keys: own, witnesses, threshold }) {
  return new Policy(origin, known(own), known(witnesses), threshold);
}

function known(vkeys) {
  const found = new Map();
  for (const vkey of vkeys) {
    try {
      const key = keys.parse(vkey);
      found.set(key.vkey(), key);
    } catch (error) {
      if (!(error instanceof NoteError)) throw error;
    }
  }
  return [...found.values()];
}
