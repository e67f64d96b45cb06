/**
 * Slips: signed papers that are no licenses, each kind with a code of its own (docs/format.md §12, §16). This side only reads.
 *
 *     text   = "https://" HOST "/" letter version-digit digits
 *     digits = the untagged COSE_Sign1, octets read as a number in bijective base 256, as a seal's wire is
 *
 * A slip can be taken for a license by nobody: its path begins with a letter, its `typ` is its own, and its key has a role of its own.
 *
 * A kind of slips is {letter, typ, role, codes: {good, other, otherKey, stolen}, parse}; `parse` takes a decoded payload and throws FormatError.
 */

import * as cose from "./cose.js";
import { CLOCK_TOLERANCE } from "./dating.js";
import * as days from "./days.js";
import { FormatError, SignatureError } from "./errors.js";
import { NONE } from "./status.js";
import { FRESH_SECONDS } from "./trust.js";
import * as wire from "./wire.js";

export const GOVERNORATE = "GOV"; // a key of the governorate signs slips for every authority
export const VERSION = "1";
const PATH = new RegExp(`^([RN])${VERSION}([1-9][0-9]{159,1249})$`);

/** Return the letter of the kind whose form `text` has, under whatever host; null for no slip. A promise of nothing. */
export function letterOf(text) {
  return takeApart(text)?.letter ?? null;
}

/** Return the signed object in the text of a slip of whatever kind, unverified; null for a text of another shape. */
export function octets(text) {
  const parts = takeApart(text);
  return parts && wire.fromNumber(BigInt(parts.digits));
}

/**
 * Judge the text of a slip's QR code at `now` (a Date); return a promise of {outcome, code, held, key}, what it says and the key only if
 * the signature held. Of `status` only what it says of the time is looked at. Never throws for any text.
 */
export async function judge(kind, text, { trust, hosts, now, status = NONE }) {
  const seconds = days.secondsOf(now);
  // 1. Format: a slip of this kind, of ours.
  const parts = takeApart(text);
  if (parts?.letter !== kind.letter) return judged("failed", kind.codes.other);
  if (!new Set(hosts).has(parts.host)) return judged("failed", "foreign_host");
  let key, held;
  try {
    // 2. Issuer and 3. signature: a key with the role, whose signature holds.
    const data = wire.fromNumber(BigInt(parts.digits));
    held = kind.parse(await cose.openTyped(data, kind.typ, (kid) => (key = keyOf(kind, trust, kid)).publicKey));
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof SignatureError)) throw error;
    const unknown = error.code === "kid_unknown" && seconds - trust.issuedAt > FRESH_SECONDS;
    return unknown ? judged("unknown", "kid_not_in_old_list") : judged("failed", error.code);
  }
  const dated = Math.max(trust.issuedAt, status.newest, status.dated);
  return judged(...said(kind.codes, held, key, trust, seconds, dated), held, key);
}

function judged(outcome, code, held = null, key = null) {
  return { outcome, code, held, key };
}

function said(codes, held, key, trust, now, dated) {
  // 2.1 A signature proves no date, and nobody lists the slips of a stolen key.
  if (key.state === "compromised") return ["unknown", codes.stolen];
  if (!(key.notBefore <= held.iat && held.iat < key.notAfter)) return ["failed", "key_not_valid_then"];
  // 4. Scope: in its own name, or the governorate's for all.
  if (key.authority !== held.authority && key.authority !== GOVERNORATE) return ["failed", "authority_not_permitted"];
  // 5. Dates.
  if (held.iat > now + CLOCK_TOLERANCE) {
    return dated > now + CLOCK_TOLERANCE ? ["unknown", "clock_disagrees"] : ["failed", "issued_in_future"];
  }
  if (now >= trust.nextUpdate) return ["unknown", "trust_list_stale"];
  return ["passed", codes.good];
}

/** Return {host, letter, digits}, host lower-case, null for a text of another shape. */
function takeApart(text) {
  const [start, path] = wire.divided(text);
  const [host, match] = [wire.hostOf(start), PATH.exec(path)];
  return host === null || match === null ? null : { host, letter: match[1], digits: match[2] };
}

/** Return the key `kid`, which must have the role. Throws SignatureError. */
function keyOf(kind, trust, kid) {
  const key = trust.key(kid);
  if (!key) throw new SignatureError("kid_unknown");
  if (!key.roles.includes(kind.role)) throw new SignatureError(kind.codes.otherKey);
  return key;
}
