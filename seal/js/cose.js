/**
 * COSE_Sign1 with ECDSA on P-256 (RFC 9052 §4.2, RFC 9053 §2.1), the one signed structure of Khatm. This side reads; it signs for devices only.
 *
 * Lists and seals of version 1 say alg -7, which does not pin the curve; the trust list does (docs/adr/0002-es256.md). Seals of version 2 and
 * what devices sign say -9 (RFC 9864: ESP256, the same signature, the curve pinned) and have one form only: s in the lower half.
 */

import * as cbor from "./cbor.js";
import { FormatError, SignatureError } from "./errors.js";
import { compare, fromHex, hex, joined } from "./octets.js";

export const ALG = 1; // RFC 9052 §3.1
export const KID = 4;
export const TYP = 16; // RFC 9596
export const ES256 = -7;
export const ESP256 = -9; // RFC 9864 §2.1
export const SIGNATURE_BYTES = 64;
export const TAG = 0xd2; // tag 18, COSE_Sign1
const BYTE_STRING = 2; // RFC 8949 §3
const ARRAY = 4;
const LONGEST_HEAD = 27;
const LEAST = [24, 2 ** 8, 2 ** 16, 2 ** 32]; // what a head with 1, 2, 4 or 8 octets after it is needed for
export const PROTECTED_MAX = 256; // octets; an alg, a kid of one or two octets, a typ
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n; // of P-256 (SEC 2 §2.4.2)
const HALF = fromHex((ORDER / 2n).toString(16));
const ECDSA = { name: "ECDSA", hash: "SHA-256" };
const UTF8 = new TextEncoder();
const CONTEXT = Uint8Array.of(0x84, 0x6a, ...UTF8.encode("Signature1")); // RFC 9052 §4.4

/** The parts of a COSE_Sign1 whose unprotected header is empty. Nothing in it is verified. */
export class Sign1 {
  constructor(protectedHeader, payload, signature) {
    this.protected = protectedHeader;
    this.payload = payload;
    this.signature = signature;
  }

  /** Return the tagged message, as any COSE library takes it. */
  toBytes() {
    return joined(Uint8Array.of(TAG, 0x84), cbor.bstr(this.protected), [0xa0], cbor.bstr(this.payload), cbor.bstr(this.signature));
  }

  /** Return the Sig_structure of RFC 9052 §4.4: what the signature is made over. */
  signed() {
    return joined(CONTEXT, cbor.bstr(this.protected), [0x40], cbor.bstr(this.payload)); // no external data
  }
}

/** Return the protected header {1: alg, 4: kid} and, for every signed object but a seal, 16: typ. */
export function protectedHeader(kid, typ = null, alg = ES256) {
  const start = Uint8Array.of(typ === null ? 0xa2 : 0xa3, ALG, 0x1f - alg, KID);
  return typ === null ? joined(start, cbor.bstr(kid)) : joined(start, cbor.bstr(kid), [TYP], cbor.tstr(UTF8.encode(typ)));
}

/**
 * Take a tagged or untagged COSE_Sign1 apart. Throws FormatError `damaged`, `not_deterministic`.
 *
 * Nothing is decoded but the four heads: octets of a stranger, who may have put a million arrays into each other, cost no more than a look.
 */
export function fromBytes(data) {
  const envelope = new Envelope(data, data[0] === TAG ? 1 : 0);
  envelope.expect(0x84);
  const head = envelope.octets();
  envelope.expect(0xa0); // unprotected headers are empty
  const payload = envelope.octets();
  const signature = envelope.octets();
  if (signature.length !== SIGNATURE_BYTES) throw new FormatError("damaged", "COSE_Sign1");
  if (!envelope.shortest || envelope.place !== data.length) throw new FormatError("not_deterministic", "COSE_Sign1");
  return new Sign1(head, payload, signature);
}

/** What is still to be read of a signed message. Every reading throws FormatError `damaged`. */
export class Envelope {
  constructor(data, place) {
    this.data = data;
    this.place = place;
    this.shortest = true;
  }

  /** Read one octet, which must be this one. */
  expect(octet) {
    if (this.take(1)[0] !== octet) throw new FormatError("damaged", "COSE_Sign1");
  }

  /** Read a byte string. */
  octets() {
    return this.take(this.argument(BYTE_STRING));
  }

  /** Read the head of an array of at most so many items. */
  count(most) {
    const count = this.argument(ARRAY);
    if (count > most) throw new FormatError("damaged", "array");
    return count;
  }

  argument(wanted) {
    const first = this.take(1)[0];
    let size = first & 31;
    if (first >> 5 !== wanted || size > LONGEST_HEAD) throw new FormatError("damaged", "COSE");
    if (size >= 24) {
      const least = LEAST[size - 24];
      size = this.take(1 << (size - 24)).reduce((sum, octet) => sum * 256 + octet, 0); // beyond 2**53 it is too long in any case
      this.shortest = this.shortest && size >= least;
    }
    return size;
  }

  take(count) {
    if (count > this.data.length - this.place) throw new FormatError("damaged", "COSE_Sign1");
    this.place += count;
    return this.data.subarray(this.place - count, this.place);
  }
}

/** Return the protected header as a Map. Throws FormatError. */
export function headers(message) {
  if (message.protected.length > PROTECTED_MAX) throw new FormatError("damaged", "protected header");
  const value = cbor.parse(message.protected);
  if (!(value instanceof Map)) throw new FormatError("damaged", "protected header");
  return value;
}

/** Return (a promise) if the signature holds under `key`, a CryptoKey on P-256. Throws SignatureError `signature_invalid`. */
export async function verify(message, key) {
  const holds = await crypto.subtle.verify(ECDSA, key, message.signature, message.signed());
  if (!holds) throw new SignatureError("signature_invalid");
}

/**
 * Verify a signed object that carries `typ` (RFC 9596) and return a promise of its payload, decoded.
 *
 * `keyFor(kid)` returns the CryptoKey that may sign it, or throws. Throws FormatError (another object's `typ` is `wrong_type`) or
 * SignatureError (`signature_high` under ESP256 for the other form of a signature).
 */
export async function openTyped(data, typ, keyFor, alg = ES256) {
  const message = fromBytes(data);
  const held = headers(message);
  const [kid, found] = [held.get(KID), held.get(TYP)];
  if (!(kid instanceof Uint8Array && typeof found === "string" && compare(message.protected, protectedHeader(kid, found, alg)) === 0)) {
    throw new FormatError("wrong_type", "protected header");
  }
  if (found !== typ) throw new FormatError("wrong_type", found.slice(0, 80));
  if (alg === ESP256 && isHigh(message.signature)) throw new SignatureError("signature_high");
  await verify(message, await keyFor(kid));
  return cbor.parse(message.payload);
}

/** Return a promise of whether a signature r || s, 64 octets, holds over a message under `key`, a CryptoKey on P-256. */
export function holds(key, message, signature) {
  return crypto.subtle.verify(ECDSA, key, signature, message);
}

/** Sign `payload` with `signer`, async (octets) => r || s; return a promise of the message. */
export async function sign(head, payload, signer) {
  const unsigned = new Sign1(head, payload, new Uint8Array());
  return new Sign1(head, payload, low(await signer(unsigned.signed())));
}

/** Return the form of a signature r || s whose s is in the lower half (the same octets if it is). */
export function low(signature) {
  if (!isHigh(signature)) return signature;
  const s = BigInt(`0x${hex(signature.subarray(32))}`);
  const other = BigInt.asUintN(256, ORDER - s).toString(16).padStart(64, "0");
  return joined(signature.subarray(0, 32), fromHex(other));
}

/** Say whether s of a signature r || s is in the upper half. */
export function isHigh(signature) {
  return compare(signature.subarray(32), HALF) > 0;
}

/** Return a signer over a private CryptoKey on P-256, which need not be extractable. */
export function privateSigner(key) {
  return async (data) => new Uint8Array(await crypto.subtle.sign(ECDSA, key, data));
}
