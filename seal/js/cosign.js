/**
 * COSE_Sign (RFC 9052 §4.1): one payload, signed by several, each with a key of theirs. What the root signs (docs/format.md §21). This side
 * only reads; whether the signatures are enough, roots.js says.
 */

import * as cbor from "./cbor.js";
import * as cose from "./cose.js";
import { FormatError } from "./errors.js";
import { compare, joined } from "./octets.js";

export const { ESP256 } = cose;
export const ML_DSA_44 = -48; // RFC 9964
export const SIGNATURES_MOST = 40; // nine before and nine after a handover, two signatures each, and some to spare
const TAG = Uint8Array.of(0xd8, 0x62); // tag 98, COSE_Sign
const SIGNATURE_MOST = 4096; // octets of one; what an algorithm that nobody here knows may need
const UTF8 = new TextEncoder();
const CONTEXT = Uint8Array.of(0x85, 0x69, ...UTF8.encode("Signature")); // RFC 9052 §4.4

/** The parts of a COSE_Sign whose unprotected headers are empty; `signatures` are {protected, signature}. Nothing in it is verified. */
export class Signed {
  constructor(protectedHeader, payload, signatures) {
    Object.assign(this, { protected: protectedHeader, payload, signatures });
  }

  /** Return the Sig_structure of RFC 9052 §4.4: what a key signs. */
  message(alg, kid) {
    const parts = [this.protected, signatureHeader(alg, kid), new Uint8Array(), this.payload];
    return joined(CONTEXT, ...parts.map(cbor.bstr));
  }

  /** Return the first signature that says it was made by a key, undefined without one. */
  of(alg, kid) {
    const wanted = signatureHeader(alg, kid);
    return this.signatures.find((each) => compare(each.protected, wanted) === 0)?.signature;
  }
}

/** The protected header {1: alg, 4: kid}, alg from -1 to -256. */
function signatureHeader(alg, kid) {
  return joined([0xa2, cose.ALG], cbor.head(1, -1 - alg), [cose.KID], cbor.bstr(kid));
}

/**
 * Take a tagged COSE_Sign of a `typ` (RFC 9596) apart. Throws FormatError `damaged`, `not_deterministic`, `wrong_type`.
 *
 * Nothing is decoded but the heads: octets of a stranger cost no more than a look.
 */
export function fromBytes(data, typ) {
  if (compare(data.subarray(0, TAG.length), TAG) !== 0) throw new FormatError("wrong_type", "COSE_Sign");
  const envelope = new cose.Envelope(data, TAG.length);
  envelope.expect(0x84);
  const header = envelope.octets();
  envelope.expect(0xa0); // unprotected headers are empty
  const payload = envelope.octets();
  const signatures = Array.from({ length: envelope.count(SIGNATURES_MOST) }, () => signatureOf(envelope));
  if (!envelope.shortest || envelope.place !== data.length) throw new FormatError("not_deterministic", "COSE_Sign");
  if (compare(header, joined([0xa1, cose.TYP], cbor.tstr(UTF8.encode(typ)))) !== 0) throw new FormatError("wrong_type", "protected header");
  return new Signed(header, payload, signatures);
}

function signatureOf(envelope) {
  envelope.expect(0x83);
  const header = envelope.octets();
  envelope.expect(0xa0);
  const signature = envelope.octets();
  if (header.length > cose.PROTECTED_MAX || signature.length > SIGNATURE_MOST) throw new FormatError("damaged", "COSE_Signature");
  return { protected: header, signature };
}
