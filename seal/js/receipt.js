/**
 * The receipt of an application: received, not licensed (docs/format.md §12). This side only reads.
 *
 *     text    = "https://" HOST "/R1" digits, a slip (see slips.js)
 *     payload = {"authority", "iat", "number", "service", "holder"}
 */

import { isInteger } from "./cbor.js";
import { FormatError } from "./errors.js";
import { AUTHORITY, checkCharacter, FORBIDDEN, TEXT_LIMITS } from "./license.js";
import * as slips from "./slips.js";

export const TYP = "application/khatm-receipt+cose";
export const ROLE = "receipt";
const NUMBER = /^(APP-([A-Z][A-Z0-9]{1,3})-2[0-9]{3}-[0-9]{6,9})-([0-9A-Z])$/;
const SERVICE = /^[a-z][a-z_]{1,23}\.[a-z][a-z_]{1,23}$/;
const FIELDS = ["authority", "iat", "number", "service", "holder"];
const STATES = { passed: "received", failed: "not_genuine" };
const CODES = {
  good: "receipt_received",
  other: "not_a_receipt",
  otherKey: "key_not_for_receipts",
  stolen: "receipt_key_compromised",
};
const KIND = Object.freeze({ letter: "R", typ: TYP, role: ROLE, codes: CODES, parse });

/**
 * What checking a receipt leads to: {outcome, code, receipt, key, state}. `code` is the key of its sentence; `receipt` {authority, iat, number,
 * service, holder} is kept only if the signature held. `state` is "received", "not_genuine" or "cannot_tell": never valid.
 */
export class ReceiptVerdict {
  constructor({ outcome, code, held, key }) {
    Object.assign(this, { outcome, code, receipt: held, key, state: STATES[outcome] ?? "cannot_tell" });
    Object.freeze(this);
  }
}

/** Say whether `text` has the form of a receipt, under whatever host. A promise of nothing: only a verdict says more. */
export function ours(text) {
  return slips.letterOf(text) === KIND.letter;
}

/** Judge the text of a receipt's QR code at `now` (a Date); return a promise of the ReceiptVerdict. Never throws for any text. */
export async function verify(text, told) {
  return new ReceiptVerdict(await slips.judge(KIND, text, told));
}

function parse(payload) {
  if (!(payload instanceof Map && payload.size === FIELDS.length && FIELDS.every((field) => payload.has(field)))) {
    throw new FormatError("damaged", "receipt");
  }
  const receipt = Object.freeze(Object.fromEntries(payload));
  const { authority, iat, number, service, holder } = receipt;
  if (!isInteger(iat) || [authority, number, service, holder].some((text) => typeof text !== "string")) {
    throw new FormatError("damaged", "receipt");
  }
  check(receipt);
  return receipt;
}

/** Hold a receipt to its limits. Throws FormatError `limit_broken`. */
function check({ authority, iat, number, service, holder }) {
  const written = NUMBER.exec(number);
  const sound =
    AUTHORITY.test(authority) &&
    written !== null &&
    checkCharacter(written[1]) === written[3] &&
    written[2] === authority &&
    SERVICE.test(service) &&
    holder.length > 0 &&
    Array.from(holder).length <= TEXT_LIMITS.holder &&
    !FORBIDDEN.test(holder) &&
    Number.isSafeInteger(iat) &&
    iat >= 0;
  if (!sound) throw new FormatError("limit_broken", "receipt");
}
