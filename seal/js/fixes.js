/** A fix as people type it: LAT,LON,ACCURACY. Strict, because a misread position is worse than none. */

import { FormatError } from "./errors.js";

const NUMBER = "[+-]?[0-9]{1,3}(?:\\.[0-9]{1,12})?";
const BLANK = "[ \\t\\n\\r\\f\\v]?";
const FIX = new RegExp(`^(${NUMBER}),${BLANK}(${NUMBER}),${BLANK}([0-9]{1,6}(?:\\.[0-9]{1,6})?)$`);
// What Python's str.strip takes for blank, which is not what String.prototype.trim does.
const AROUND = /^[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;

/**
 * Return the fix in `text`: decimal degrees WGS 84 and an accuracy in metres at 68 %. `measuredAt` is a Date.
 *
 * Throws FormatError `fix_invalid`, `latitude_range` or `longitude_range`.
 */
export function parse(text, { measuredAt, source = "typed" }) {
  const match = FIX.exec(text.replace(AROUND, ""));
  if (!match) throw new FormatError("fix_invalid", "LAT,LON,ACCURACY in decimal degrees and metres");
  const [latitude, longitude, accuracyM] = match.slice(1).map(Number);
  if (!(latitude >= -90 && latitude <= 90)) throw new FormatError("latitude_range");
  if (!(longitude >= -180 && longitude <= 180)) throw new FormatError("longitude_range");
  return { latitude, longitude, accuracyM, measuredAt, confidence: 68, source };
}
