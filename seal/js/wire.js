/**
 * The text in the QR code and the token inside it: each a reversible form of the other (docs/format.md §4). This side only reads.
 *
 *     text   = "https://" HOST "/" version-digit digits
 *     digits = version 1: the wire, octets read as a number in bijective base 256 (no octet string shares its number with another)
 *              version 2: body * 2^512 + signature
 *     wire   = signature (64 octets) raw-DEFLATE(fold(protected header, payload))
 *     body   = what the layout makes of kid, claims and host, or, with a flag in front, raw-DEFLATE(fold(protected header, payload))
 */

import * as claims from "./claims.js";
import { ES256, ESP256, protectedHeader, SIGNATURE_BYTES, Sign1 } from "./cose.js";
import * as data from "./data.js";
import { FormatError, UnknownVersionError } from "./errors.js";
import * as fold from "./fold.js";
import { inflateRaw } from "./inflate.js";
import * as layout from "./layout.js";
import { fromHex, joined } from "./octets.js";
import { Stack } from "./radix.js";

/** The algorithm of the tokens of each version digit. */
export const ALGORITHMS = { 1: ES256, 2: ESP256 };
export const TEXT_MAX = 1_400; // characters
export const DIGITS_MIN = 160; // a signature alone has 154: fewer is not one of our codes
export const DIGITS_MAX = 1_250;
export const INFLATED_MAX = 2_048; // octets
// No flag i, as in Python no IGNORECASE: the two languages do not agree on it.
const START = /^[Hh][Tt][Tt][Pp][Ss]:\/\/([A-Za-z0-9][A-Za-z0-9.-]{0,59}(?::[0-9]{1,5})?)$/;
// The zeros of Unicode's decimal digits (Nd) as of version 14.0, each followed by its nine others: every language has its own version.
const ZEROS =
  "0030 0660 06F0 07C0 0966 09E6 0A66 0AE6 0B66 0BE6 0C66 0CE6 0D66 0DE6 0E50 0ED0 0F20 1040 1090 17E0 1810 1946 19D0 1A80 1A90 " +
  "1B50 1BB0 1C40 1C50 A620 A8D0 A900 A9D0 A9F0 AA50 ABF0 FF10 104A0 10D30 11066 110F0 11136 111D0 112F0 11450 114D0 11650 116C0 " +
  "11730 118E0 11950 11C50 11D50 11DA0 16A60 16AC0 16B50 1D7CE 1D7D8 1D7E2 1D7EC 1D7F6 1E140 1E2F0 1E950 1FBF0";
const DIGIT = new RegExp(`^[${ZEROS.split(" ").map((zero) => `\\u{${zero}}-\\u{${(parseInt(zero, 16) + 9).toString(16)}}`).join("")}]`, "u");
const NOT_A_PATH = /[/?#\x00-\x20]/;

/**
 * Take a text apart: {host, version, digits}. `host` is lower-case; `version` is "" where the path is not digits 0–9 only, and damaged
 * therefore. Throws FormatError `not_a_seal` for what has not our shape; whether the digits are sound, `unpack` says.
 *
 * A path that begins with a digit of any script is ours: one written in Arabic-Indic digits is damaged, not somebody else's.
 */
export function parse(text) {
  const [start, path] = divided(text);
  const host = hostOf(start);
  if (host === null || !DIGIT.test(path)) throw new FormatError("not_a_seal");
  if (/^[0-9]+$/.test(path)) return { host, version: path[0], digits: path.slice(1) };
  if (NOT_A_PATH.test(path)) throw new FormatError("not_a_seal");
  return { host, version: "", digits: path };
}

/** Return what comes before the last slash of the part of a text that is looked at, and what comes after it. */
export function divided(text) {
  // Code points are counted, so no more than twice as many UTF-16 units are needed.
  const looked = Array.from(text.slice(0, 2 * (TEXT_MAX + 1))).slice(0, TEXT_MAX + 1).join("");
  const slash = looked.lastIndexOf("/");
  return [looked.slice(0, Math.max(slash, 0)), looked.slice(slash + 1)];
}

/** Return the host, lower-case, of `https://HOST`; null for anything else. */
export function hostOf(start) {
  const match = START.exec(start);
  return match ? match[1].toLowerCase() : null;
}

/** Say whether `text` has the form of a seal, under whatever host. A promise of nothing: only a verdict says more. */
export function ours(text) {
  try {
    return lengthOf(parse(text).digits) >= DIGITS_MIN;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** Return the preset dictionary of a version digit. Frozen for ever once a code is printed. Throws UnknownVersionError. */
export function dictionary(version) {
  const octets = data.file(`dictionary-${version}.bin`);
  if (!octets) throw new UnknownVersionError("version_unknown", version);
  return octets;
}

/**
 * Return {message, version, claims} of a text that `parse` took apart: the token inside, its version digit, and its claims, not looked at
 * yet, where they came apart without its payload (else null).
 *
 * Throws FormatError `damaged`, `too_long`, `inflates_too_far` or `unused_input`; UnknownVersionError.
 */
export function unpack({ host, version, digits }) {
  if (lengthOf(digits) > DIGITS_MAX) throw new FormatError("too_long", String(lengthOf(digits)));
  if (!/^[1-9][0-9]*$/.test(digits) || digits.length < DIGITS_MIN || !version) throw new FormatError("damaged", "digits");
  const preset = dictionary(version);
  const number = BigInt(digits);
  if (version === "2") return opened(number, host, preset);
  const octets = fromNumber(number);
  const [header, payload] = fold.unfold(inflate(octets.subarray(SIGNATURE_BYTES), preset));
  return { message: new Sign1(header, payload, octets.slice(0, SIGNATURE_BYTES)), version, claims: null };
}

/** Take a number of version 2 apart. */
function opened(number, host, preset) {
  const signature = fromHex(BigInt.asUintN(8 * SIGNATURE_BYTES, number).toString(16).padStart(2 * SIGNATURE_BYTES, "0"));
  const stack = new Stack(number >> BigInt(8 * SIGNATURE_BYTES));
  const flags = stack.bits(1) ? stack.bits(8) : 0;
  if (flags === layout.FOLDED) {
    const [header, payload] = fold.unfold(inflate(layout.stream(stack.number), preset), ESP256);
    return { message: new Sign1(header, payload, signature), version: "2", claims: null };
  }
  if (flags >= 2 * layout.OTHER_YEAR) throw new FormatError("damaged", "flags");
  const { kid, claims: held } = layout.read(stack, flags, host, (stream) => inflate(joined(layout.tables().header, stream), preset));
  return { message: new Sign1(protectedHeader(kid, null, ESP256), claims.toBytes(held), signature), version: "2", claims: held };
}

/** Inflate within bounds: the output limit holds before the output exists. */
function inflate(packed, preset) {
  const { octets, broken, ended, unused } = inflateRaw(packed, INFLATED_MAX, preset);
  if (broken) throw new FormatError("damaged", "DEFLATE");
  if (!ended && (unused > 0 || octets.length === INFLATED_MAX)) throw new FormatError("inflates_too_far");
  if (!ended) throw new FormatError("damaged", "DEFLATE ends early");
  if (unused > 0) throw new FormatError("unused_input", String(unused));
  return octets;
}

/** Return the octets that `number` stands for in bijective base 256. */
export function fromNumber(number) {
  let size = number === 0n ? 0 : Math.ceil(number.toString(16).length / 2);
  if (number < blank(size)) size -= 1;
  return size === 0 ? new Uint8Array() : fromHex((number - blank(size)).toString(16).padStart(2 * size, "0"));
}

/** Return the first number of each size. */
function blank(size) {
  return ((1n << BigInt(8 * size)) - 1n) / 255n;
}

/** Return how many code points a text has. */
function lengthOf(text) {
  return Array.from(text).length;
}
