/** A signed token that carries its receipts (RFC 9942, header 394): the log's word travels in the token's unprotected header. */

import { SIGNATURE_BYTES, Sign1, TAG } from "../../seal/js/cose.js";
import { ReceiptError } from "./errors.js";
import * as receipts from "./receipts.js";

export const RECEIPTS = 394;
export const RECEIPTS_MAX = 16;
export const STATEMENT_MAX = 262_144;

/**
 * Return a token as it was signed, and its receipts, each of which can be parsed: [Sign1, [octets…]]. Nothing is verified.
 *
 * Throws ReceiptError `receipt_malformed`, `receipt_unsupported`.
 */
export function detach(data) {
  const parts = data[0] === TAG && data.length <= STATEMENT_MAX ? receipts.decode(data.subarray(1)) : null;
  if (!Array.isArray(parts) || parts.length !== 4) throw new ReceiptError("receipt_malformed");
  const [protectedHeader, unprotected, payload, signature] = parts;
  const octets = [protectedHeader, payload, signature].every((part) => part instanceof Uint8Array) && signature.length === SIGNATURE_BYTES;
  const listed = octets && unprotected instanceof Map && unprotected.size === 1 ? unprotected.get(RECEIPTS) : null;
  if (!Array.isArray(listed) || listed.length < 1 || listed.length > RECEIPTS_MAX) throw new ReceiptError("receipt_malformed");
  for (const each of listed) {
    if (!(each instanceof Uint8Array)) throw new ReceiptError("receipt_malformed");
    receipts.parse(each);
  }
  return [new Sign1(protectedHeader, payload, signature), listed];
}
