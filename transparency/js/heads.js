/** A log's head, trusted: a checkpoint that the log signed and as many witnesses as a policy asks for. */

import { hex } from "../../seal/js/octets.js";
import * as checkpoints from "./checkpoints.js";
import { holds, signedMessage, subtreeMessage, timestampOf } from "./cosignatures.js";
import { NoteError, NoteSignatureError } from "./errors.js";
import { ML_DSA_44, labelOf } from "./keys.js";
import * as notes from "./notes.js";

/**
 * Which log is meant, by which keys its head is known, and how many of the witnesses must have signed it too.
 *
 * One of the log's keys is enough, so a policy for the time after P-256 and Ed25519 names the one of ML-DSA-44 only. A witness
 * is counted once, whatever the number of its keys. Throws NoteError `log_policy_malformed` for a log that is its own witness, a public
 * key under two names (what it signs counts for both), a threshold that cannot be met.
 */
export class Policy {
  constructor(origin, log, witnesses = [], threshold = 0) {
    this.origin = origin;
    this.log = log;
    this.witnesses = witnesses;
    this.threshold = threshold;
    this.#check();
  }

  /** Refuse a policy whose count would mean less than it says. */
  #check() {
    const owners = new Map([...this.log, ...this.witnesses].map((key) => [`${hex(key.public)} ${key.name}`, hex(key.public)]));
    const names = new Set(this.witnesses.map(({ name }) => name));
    const twice = new Set(owners.values()).size < owners.size;
    const own = this.log.some(({ name }) => names.has(name));
    if (twice || own || !(this.threshold >= 0 && this.threshold <= names.size)) throw new NoteError("log_policy_malformed");
  }
}

/**
 * Return (a promise of) the signatures by known keys, all of which must hold, in the note's order, as {key, timestamp}: the POSIX
 * seconds that it signed at, 0 where it says nothing of the time. Those of others are ignored.
 *
 * Throws NoteSignatureError `log_signature_invalid` (also for a second signature of one key); NoteError where a cosigner signed what is
 * no checkpoint.
 */
export async function verifyNote(note, keys) {
  const known = new Map(keys.map((key) => [key.label, key]));
  const found = new Map();
  for (const line of note.lines) {
    const label = labelOf(line.name, line.keyId);
    const key = known.get(label);
    if (!key) continue;
    const timestamp = timestampOf(key, line.signature);
    if (found.has(label) || timestamp === null || !(await holds(key, signedMessage(key, note.text, timestamp), line.signature))) {
      throw new NoteSignatureError("log_signature_invalid", key.name);
    }
    found.set(label, { key, timestamp });
  }
  return [...found.values()];
}

/**
 * Return (a promise of) the head that a signed checkpoint is: {checkpoint, timestamp, signed, witnesses}. `timestamp` is the newest that
 * the log itself gave, 0 if it gave none. Every signature by a key of the policy must hold.
 *
 * Throws NoteError for a note that is malformed; NoteSignatureError: `log_wrong_origin`, `log_signature_invalid`, `log_unsigned` (no
 * key of the log's signed), `log_unwitnessed` (fewer witnesses than the policy's threshold).
 */
export async function verify(data, policy) {
  const note = notes.parse(data);
  const checkpoint = checkpoints.parse(note.text);
  if (checkpoint.origin !== policy.origin) throw new NoteSignatureError("log_wrong_origin");
  const signed = await verifyNote(note, [...policy.log, ...policy.witnesses]);
  const among = (keys, { key }) => keys.some(({ label }) => label === key.label);
  const own = signed.filter((each) => among(policy.log, each)).map(({ timestamp }) => timestamp);
  const witnesses = new Set(signed.filter((each) => among(policy.witnesses, each)).map(({ key }) => key.name));
  if (!own.length) throw new NoteSignatureError("log_unsigned");
  if (witnesses.size < policy.threshold) throw new NoteSignatureError("log_unwitnessed");
  return { checkpoint, timestamp: Math.max(...own), signed, witnesses };
}

/**
 * Return (a promise of) the timestamp of a cosignature of a part of a log, which is 0 unless the part begins at leaf 0.
 *
 * Throws NoteError `subtree_malformed`; NoteSignatureError `log_unsigned` for another key's line, `log_signature_invalid`.
 */
export async function verifySubtree(line, key, subtree) {
  if (key.kind !== ML_DSA_44) throw new NoteError("subtree_malformed", "Ed25519 signs no subtrees");
  if (labelOf(line.name, line.keyId) !== key.label) throw new NoteSignatureError("log_unsigned");
  const timestamp = timestampOf(key, line.signature);
  if (timestamp === null || !(await holds(key, subtreeMessage(key.name, timestamp, subtree), line.signature))) {
    throw new NoteSignatureError("log_signature_invalid", key.name);
  }
  return timestamp;
}
