/**
 * COSE receipts (RFC 9942): a proof in a COSE_Sign1 whose payload, the root, is detached and comes out of the proof. This side only reads.
 *
 * The tree is RFC9162_SHA256, number 1 of the verifiable data structures. The signature is Ed25519 under alg -8, which COSE libraries know;
 * -19, as RFC 9864 would have it, is taken too. A receipt is deterministic CBOR (RFC 8949 §4.2.1).
 */

import * as cbor from "../../seal/js/cbor.js";
import { Sign1, TAG } from "../../seal/js/cose.js";
import { FormatError } from "../../seal/js/errors.js";
import { compare } from "../../seal/js/octets.js";
import { ReceiptError } from "./errors.js";
import { rootFromInclusion, rootsFromConsistency } from "./proofs.js";
import { ED25519_SIGNATURE, ed25519Holds } from "./signatures.js";
import { HASH_BYTES, PATH_MAX } from "./tree.js";

export const [ALG, CRIT, KID] = [1, 2, 4];
export const [VDS, VDP] = [395, 396]; // RFC 9942, "COSE Header Parameter"
export const RFC9162_SHA256 = 1;
export const [INCLUSION, CONSISTENCY] = [-1, -2];
export const [EDDSA, ED25519] = [-8, -19];
export const RECEIPT_MAX = 8_192;

/**
 * A receipt taken apart: `label` says what is proven, INCLUSION or CONSISTENCY; `numbers` are the tree's size and the leaf's index, or
 * the older size and the newer one. Nothing in it is verified.
 */
export class Receipt {
  constructor(protectedHeader, label, numbers, path, signature) {
    this.protected = protectedHeader;
    this.label = label;
    this.numbers = numbers;
    this.path = path;
    this.signature = signature;
  }

  /** Return the name of the key that is said to have signed, or null. */
  kid() {
    const kid = headers(this.protected).get(KID);
    return kid instanceof Uint8Array ? kid : null;
  }
}

/** Take a receipt apart. Throws ReceiptError `receipt_malformed`; `receipt_unsupported` for another tree, algorithm or `crit`. */
export function parse(data) {
  const parts = data[0] === TAG && data.length <= RECEIPT_MAX ? decode(data.subarray(1)) : null;
  if (!Array.isArray(parts) || parts.length !== 4) throw new ReceiptError("receipt_malformed");
  const [protectedHeader, unprotected, payload, signature] = parts;
  const octets = protectedHeader instanceof Uint8Array && signature instanceof Uint8Array && signature.length === ED25519_SIGNATURE;
  if (!octets || !(unprotected instanceof Map) || payload !== null) throw new ReceiptError("receipt_malformed");
  checkHeaders(headers(protectedHeader));
  return new Receipt(protectedHeader, ...proof(unprotected), signature);
}

function checkHeaders(held) {
  const [alg, vds] = [held.get(ALG), held.get(VDS)];
  if (!cbor.isInteger(alg) || !cbor.isInteger(vds)) throw new ReceiptError("receipt_malformed", "protected header");
  if (![EDDSA, ED25519].includes(alg) || vds !== RFC9162_SHA256 || held.has(CRIT)) throw new ReceiptError("receipt_unsupported");
}

function headers(protectedHeader) {
  const held = decode(protectedHeader);
  const labels = held instanceof Map && [...held.keys()].every((label) => cbor.isInteger(label) || typeof label === "string");
  if (!labels) throw new ReceiptError("receipt_malformed", "protected header");
  return held;
}

/** Return label, numbers and path of the one proof of an unprotected header that holds nothing else. */
function proof(unprotected) {
  const proofs = unprotected.get(VDP);
  const one = unprotected.size === 1 && proofs instanceof Map && proofs.size === 1;
  if (!one) throw new ReceiptError("receipt_malformed", "unprotected header");
  const [[label, listed]] = proofs;
  const single = Array.isArray(listed) && listed.length === 1 && listed[0] instanceof Uint8Array;
  if (![INCLUSION, CONSISTENCY].includes(label) || !single) throw new ReceiptError("receipt_malformed", "proof");
  return [label, ...numbersAndPath(decode(listed[0]))];
}

/** Return the parts of `inclusion-proof` and `consistency-proof`, which look alike. The path of a tree's only leaf is empty. */
function numbersAndPath(value) {
  if (Array.isArray(value) && value.length === 3 && Array.isArray(value[2])) {
    const [first, second, path] = value;
    const whole = path.length <= PATH_MAX && path.every((each) => each instanceof Uint8Array && each.length === HASH_BYTES);
    if (whole && [first, second].every((each) => Number.isSafeInteger(each) && each >= 0)) return [[first, second], path];
  }
  throw new ReceiptError("receipt_malformed", "proof");
}

/**
 * Return (a promise of) the root under which a leaf hash is proven, signed by an Ed25519 key of 32 octets.
 *
 * The root alone is signed. That the leaf is in the tree is proven, but its index only for whoever knows the root's size from elsewhere:
 * the last of 17 leaves has the path of the last of 2.
 *
 * Throws ReceiptError `receipt_malformed` for a receipt of consistency, `receipt_signature_invalid`; ProofError.
 */
export async function verifyInclusion(receipt, leaf, publicKey) {
  if (receipt.label !== INCLUSION) throw new ReceiptError("receipt_malformed", "proof");
  const [size, index] = receipt.numbers;
  return verified(receipt, rootFromInclusion(index, size, leaf, receipt.path), publicKey);
}

/**
 * Return (a promise of) the newer root, signed, of a tree that begins with the one whose root is known. Its size is not signed.
 *
 * Throws ReceiptError `receipt_malformed` for a receipt of inclusion, `receipt_signature_invalid` (also where the path does not begin
 * at the known root); ProofError.
 */
export async function verifyConsistency(receipt, oldRoot, publicKey) {
  if (receipt.label !== CONSISTENCY) throw new ReceiptError("receipt_malformed", "proof");
  const [first, second] = rootsFromConsistency(...receipt.numbers, oldRoot, receipt.path);
  if (compare(first, oldRoot) !== 0) throw new ReceiptError("receipt_signature_invalid");
  return verified(receipt, second, publicKey);
}

async function verified(receipt, root, publicKey) {
  const message = new Sign1(receipt.protected, root, new Uint8Array()).signed(); // RFC 9052 §4.4, with the detached payload
  if (!(await ed25519Holds(publicKey, message, receipt.signature))) throw new ReceiptError("receipt_signature_invalid");
  return root;
}

/** Return deterministic CBOR, decoded. Throws ReceiptError `receipt_malformed`. */
export function decode(data) {
  try {
    return cbor.parse(data);
  } catch (error) {
    if (error instanceof FormatError) throw new ReceiptError("receipt_malformed", "CBOR");
    throw error;
  }
}
