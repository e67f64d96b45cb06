/** Who signs notes: a name, a kind of signature, a public key (C2SP signed-note, "Signatures" and "Verifier keys"). */

import { sha256 } from "@noble/hashes/sha2.js";

import { hex, joined } from "../../seal/js/octets.js";
import * as base64 from "./base64.js";
import { NoteError } from "./errors.js";
import { ED25519_KEY, ML_DSA_44_KEY } from "./signatures.js";

/** Signature types of signed-note: over the note's text; and the two timestamped cosignatures of tlog-cosignature. */
export const ED25519 = 1;
export const COSIGNATURE = 4;
export const ML_DSA_44 = 6;
export const KEY_ID_BYTES = 4;
export const NAME_OCTETS_MAX = 255;
const KEY_BYTES = new Map([[ED25519, ED25519_KEY], [COSIGNATURE, ED25519_KEY], [ML_DSA_44, ML_DSA_44_KEY]]);

// What Unicode calls White_Space, plus, everything below a space, and halves of characters.
const NOT_IN_NAMES = /[\0- +\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]/u;
const UTF8 = new TextEncoder();

/** A public key under the name that its signature lines carry. */
export class NoteKey {
  constructor(name, kind, publicKey) {
    this.name = name;
    this.kind = kind;
    this.public = publicKey;
  }

  /** Return the four octets by which signature lines name the key: SHA-256(name || 0x0A || type || public key)[:4]. */
  keyId() {
    return sha256(joined(UTF8.encode(this.name), [10, this.kind], this.public)).slice(0, KEY_ID_BYTES);
  }

  /** Return the key as programs take it in one line: name+id+base64(type || public key). */
  vkey() {
    return `${this.name}+${hex(this.keyId())}+${base64.encode(joined([this.kind], this.public))}`;
  }

  /** Return a text that is another one for every key. */
  get label() {
    return labelOf(this.name, this.keyId());
  }
}

/** Return what a name and a key's id are found by together. */
export function labelOf(name, keyId) {
  return `${name}+${hex(keyId)}`;
}

/** Return a key. Throws NoteError `log_key_malformed` for a bad name, another kind of signature, a key of another length. */
export function noteKey(name, kind, publicKey) {
  if (!isName(name) || UTF8.encode(name).length > NAME_OCTETS_MAX || KEY_BYTES.get(kind) !== publicKey.length) {
    throw new NoteError("log_key_malformed");
  }
  return new NoteKey(name, kind, publicKey);
}

/** Return the key that a vkey holds. Throws NoteError `log_key_malformed`, also if its id is another key's. */
export function parse(text) {
  const [, name, keyId, encoded] = text.match(/^([^+]*)\+([0-9a-f]{8})\+([^]*)$/) ?? [];
  const data = encoded && encoded.length <= 2 * ML_DSA_44_KEY ? base64.decode(encoded) : null;
  if (!data?.length) throw new NoteError("log_key_malformed");
  const key = noteKey(name, data[0], data.slice(1));
  if (hex(key.keyId()) !== keyId) throw new NoteError("log_key_malformed");
  return key;
}

/** Say whether a text may be a key's name: not empty, no spaces, no plus. */
export function isName(text) {
  return text !== "" && !NOT_IN_NAMES.test(text);
}
