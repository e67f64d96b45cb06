/**
 * The receipt of an application: received, not licensed (docs/format.md §12). This side only reads.
 *
 *     text    = "https://" HOST "/R" version-digit digits
 *     digits  = the untagged COSE_Sign1, octets read as a number in bijective base 256, as a seal's wire is
 *     payload = {"authority", "iat", "number", "service", "holder"}
 *
 * It can be taken for a license by nobody: its path begins with a letter, its `typ` is its own, and its key has the role `receipt`.
 */

import { isInteger } from "./cbor.js";
import * as cose from "./cose.js";
import * as days from "./days.js";
import { FormatError, SignatureError } from "./errors.js";
import { AUTHORITY, checkCharacter, FORBIDDEN, TEXT_LIMITS } from "./license.js";
import { FRESH_SECONDS } from "./trust.js";
import * as wire from "./wire.js";

export const TYP = "application/khatm-receipt+cose";
export const ROLE = "receipt";
export const GOVERNORATE = "GOV"; // a key of the governorate signs receipts for every authority
export const VERSION = "1";
export const CLOCK_TOLERANCE = 600; // seconds
const PATH = `R${VERSION}`;
const DIGITS = /^[1-9][0-9]{159,1249}$/;
const NUMBER = /^(APP-[A-Z][A-Z0-9]{1,3}-2[0-9]{3}-[0-9]{6,9})-([0-9A-Z])$/;
const SERVICE = /^[a-z][a-z_]{1,23}\.[a-z][a-z_]{1,23}$/;
const FIELDS = ["authority", "iat", "number", "service", "holder"];
const STATES = { passed: "received", failed: "not_genuine" };

/**
 * What checking a receipt leads to: {outcome, code, receipt, key, state}. `code` is the key of its sentence; `receipt` {authority, iat, number,
 * service, holder} is kept only if the signature held. `state` is "received", "not_genuine" or "cannot_tell": never valid.
 */
export class ReceiptVerdict {
  constructor(outcome, code, receipt = null, key = null) {
    Object.assign(this, { outcome, code, receipt, key, state: STATES[outcome] ?? "cannot_tell" });
    Object.freeze(this);
  }
}

/** Say whether `text` has the form of a receipt, under whatever host. A promise of nothing: only a verdict says more. */
export function ours(text) {
  return takeApart(text) !== null;
}

/** Return the signed object in the text of a receipt, unverified; null for a text of another shape. */
export function octets(text) {
  const parts = takeApart(text);
  return parts && wire.fromNumber(BigInt(parts.digits));
}

/** Judge the text of a receipt's QR code at `now` (a Date); return a promise of the ReceiptVerdict. Never throws for any text. */
export async function verify(text, { trust, hosts, now }) {
  const seconds = days.secondsOf(now);
  // 1. Format: a receipt, of ours.
  const parts = takeApart(text);
  if (!parts) return new ReceiptVerdict("failed", "not_a_receipt");
  if (!new Set(hosts).has(parts.host)) return new ReceiptVerdict("failed", "foreign_host");
  let key, held;
  try {
    // 2. Issuer and 3. signature: a key with the role, whose signature holds.
    const data = wire.fromNumber(BigInt(parts.digits));
    held = parse(await cose.openTyped(data, TYP, (kid) => (key = keyOf(trust, kid)).publicKey));
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof SignatureError)) throw error;
    const unknown = error.code === "kid_unknown" && seconds - trust.issuedAt > FRESH_SECONDS;
    return unknown ? new ReceiptVerdict("unknown", "kid_not_in_old_list") : new ReceiptVerdict("failed", error.code);
  }
  return new ReceiptVerdict(...judged(held, key, trust, seconds), held, key);
}

function judged(held, key, trust, now) {
  // 2.1 A signature proves no date, and nobody lists the receipts of a stolen key.
  if (key.state === "compromised") return ["unknown", "receipt_key_compromised"];
  if (!(key.notBefore <= held.iat && held.iat < key.notAfter)) return ["failed", "key_not_valid_then"];
  // 4. Scope: in its own name, or the governorate's for all.
  if (key.authority !== held.authority && key.authority !== GOVERNORATE) return ["failed", "authority_not_permitted"];
  // 5. Dates.
  if (held.iat > now + CLOCK_TOLERANCE) return ["failed", "issued_in_future"];
  if (now >= trust.nextUpdate) return ["unknown", "trust_list_stale"];
  return ["passed", "receipt_received"];
}

/** Return {host, digits}, host lower-case, null for a text of another shape. */
function takeApart(text) {
  const [start, path] = wire.divided(text);
  const host = wire.hostOf(start);
  if (host === null || !path.startsWith(PATH) || !DIGITS.test(path.slice(PATH.length))) return null;
  return { host, digits: path.slice(PATH.length) };
}

/** Return the key `kid`, which must have the role. Throws SignatureError. */
function keyOf(trust, kid) {
  const key = trust.key(kid);
  if (!key) throw new SignatureError("kid_unknown");
  if (!key.roles.includes(ROLE)) throw new SignatureError("key_not_for_receipts");
  return key;
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
    checkCharacter(written[1]) === written[2] &&
    number.split("-")[1] === authority &&
    SERVICE.test(service) &&
    holder.length > 0 &&
    Array.from(holder).length <= TEXT_LIMITS.holder &&
    !FORBIDDEN.test(holder) &&
    Number.isSafeInteger(iat) &&
    iat >= 0;
  if (!sound) throw new FormatError("limit_broken", "receipt");
}
