/**
 * The notice of a violation: a sum to pay or to object to, and no license (docs/format.md §16). This side only reads.
 *
 *     text    = "https://" HOST "/N1" digits, a slip (see slips.js)
 *     payload = {"authority", "iat", "number", "violation", "holder", ? "license", "occurrence", "piastres", "objection_days",
 *                "payment_days", "lat", "lon"}
 *
 * What became of it since (served, objected to, paid, cancelled) no code can say: that is the office's to tell.
 */

import { isInteger } from "./cbor.js";
import { FormatError } from "./errors.js";
import { AUTHORITY, checkCharacter, FORBIDDEN, isNumber, TEXT_LIMITS } from "./license.js";
import * as slips from "./slips.js";

export const TYP = "application/khatm-notice+cose";
export const ROLE = "notice";
export const PIASTRES_MAX = 99_999_999_999; // a little less than a billion pounds
export const DAYS_MAX = 366; // working days
const MICRO = 1_000_000; // positions travel as whole millionths of a degree
const NUMBER = /^(VIO-([A-Z][A-Z0-9]{1,3})-2[0-9]{3}-[0-9]{6,9})-([0-9A-Z])$/;
const VIOLATION = /^[a-z0-9_]{1,32}$/;
const RANGES = {
  iat: [0, Number.MAX_SAFE_INTEGER],
  occurrence: [1, 3],
  piastres: [0, PIASTRES_MAX],
  objection_days: [0, DAYS_MAX],
  payment_days: [0, DAYS_MAX],
  lat: [-90 * MICRO, 90 * MICRO],
  lon: [-180 * MICRO, 180 * MICRO],
};
const TEXTS = ["authority", "number", "violation", "holder"];
const FIELDS = [...TEXTS, ...Object.keys(RANGES)];
const STATES = { passed: "notice", failed: "not_genuine" };
const CODES = { good: "notice_genuine", other: "not_a_notice", otherKey: "key_not_for_notices", stolen: "notice_key_compromised" };
const KIND = Object.freeze({ letter: "N", typ: TYP, role: ROLE, codes: CODES, parse });

/**
 * What checking a notice leads to: {outcome, code, notice, key, state}. `code` is the key of its sentence; `notice`, with the members of its
 * payload (`license` null where there is none), is kept only if the signature held. `state` is "notice", "not_genuine" or "cannot_tell":
 * never valid.
 */
export class NoticeVerdict {
  constructor({ outcome, code, held, key }) {
    Object.assign(this, { outcome, code, notice: held, key, state: STATES[outcome] ?? "cannot_tell" });
    Object.freeze(this);
  }
}

/** Return where it was, {latitude, longitude} in degrees. */
export function pointOf({ lat, lon }) {
  return { latitude: lat / MICRO, longitude: lon / MICRO };
}

/** Say whether `text` has the form of a notice, under whatever host. A promise of nothing: only a verdict says more. */
export function ours(text) {
  return slips.letterOf(text) === KIND.letter;
}

/** Judge the text of a notice's QR code at `now` (a Date); return a promise of the NoticeVerdict. Never throws for any text. */
export async function verify(text, told) {
  return new NoticeVerdict(await slips.judge(KIND, text, told));
}

function parse(payload) {
  if (!(payload instanceof Map && FIELDS.every((field) => payload.has(field)))) throw new FormatError("damaged", "notice");
  const licensed = payload.has("license");
  const texts = licensed ? [...TEXTS, "license"] : TEXTS;
  const sound =
    payload.size === FIELDS.length + Number(licensed) &&
    Object.keys(RANGES).every((field) => isInteger(payload.get(field))) &&
    texts.every((field) => typeof payload.get(field) === "string");
  if (!sound) throw new FormatError("damaged", "notice");
  const notice = Object.freeze({ license: null, ...Object.fromEntries(payload) });
  check(notice);
  return notice;
}

/** Hold a notice to its limits. Throws FormatError `limit_broken`. */
function check(notice) {
  const { authority, number, violation, holder, license } = notice;
  const written = NUMBER.exec(number);
  const sound =
    AUTHORITY.test(authority) &&
    written !== null &&
    written[2] === authority &&
    checkCharacter(written[1]) === written[3] &&
    VIOLATION.test(violation) &&
    holder.length > 0 &&
    Array.from(holder).length <= TEXT_LIMITS.holder &&
    !FORBIDDEN.test(holder) &&
    (license === null || isNumber(license)) &&
    Object.entries(RANGES).every(([field, [least, most]]) => notice[field] >= least && notice[field] <= most);
  if (!sound) throw new FormatError("limit_broken", "notice");
}
