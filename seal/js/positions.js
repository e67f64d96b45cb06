/**
 * A position as people write it: two numbers in one text, in degrees, or in degrees, minutes and seconds (docs/format.md §13.2).
 *
 * Strict, because a misread position is worse than none: latitude comes first unless both say which they are, and nothing is guessed.
 */

import { FormatError } from "./errors.js";

export const LENGTH_MOST = 120;
const BLANKS = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
/** Marks of direction that come along with a copied text, and the vowels of «شمالاً». */
const MARKS = /[\u061c\u064b-\u0652\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const [WRITTEN, MEANT] = ["٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫،؛;º˚−’‘′´”“″nsew", "01234567890123456789.,,,°°-''''\"\"\"NSEW"];
const SIDES = [
  [/شمالا?/g, "N"],
  [/جنوبا?/g, "S"],
  [/شرقا?/g, "E"],
  [/غربا?/g, "W"],
  [/ش/g, "N"],
  [/ج/g, "S"],
  [/ق/g, "E"],
  [/غ/g, "W"],
];
const NUMBER = "[0-9]{1,3}(?:\\.[0-9]{1,12})?";
const SIZE = `${NUMBER}(?: ?°(?: ?${NUMBER} ?'(?: ?${NUMBER} ?(?:"|''))?)?)?`;
const ANGLE = `[+-]?${SIZE}|[NSEW] ?${SIZE}|${SIZE} ?[NSEW]`;
const TWO = new RegExp(`^(${ANGLE})(?: ?, ?| )(${ANGLE})$`);

/** Return the position {latitude, longitude} in `text`, degrees WGS 84. Throws FormatError `fix_invalid`, `latitude_range` or `longitude_range`. */
export function parse(text) {
  const match = Array.from(text).length <= LENGTH_MOST ? TWO.exec(plain(text)) : null;
  // «31,275» is a number with a decimal comma, or nothing
  if (!match || !/[.°]/.test(match[0])) throw new FormatError("fix_invalid", "latitude, longitude in degrees");
  let [north, east] = [angle(match[1]), angle(match[2])];
  if (/[EW]/.test(north.side) && /[NS]/.test(east.side)) [north, east] = [east, north];
  if (!/^([NS][EW])?$/.test(north.side + east.side)) throw new FormatError("fix_invalid", "both say their side, or neither");
  if (!(Math.abs(north.degrees) <= 90)) throw new FormatError("latitude_range");
  if (!(Math.abs(east.degrees) <= 180)) throw new FormatError("longitude_range");
  return { latitude: north.degrees, longitude: east.degrees };
}

/** Return typed text in ASCII as far as it is numbers and their signs: digits, commas, primes and sides of every keyboard here. */
export function plain(text) {
  const bare = text.replace(BLANKS, " ").replace(MARKS, "").replace(/^ +| +$/g, "");
  const letters = bare.replace(new RegExp(`[${WRITTEN}]`, "g"), (letter) => MEANT[WRITTEN.indexOf(letter)]);
  return SIDES.reduce((said, [arabic, side]) => said.replace(arabic, side), letters);
}

/** Return {degrees, side}: south and west negative, and the side (N, S, E, W) if it is told. Throws FormatError `fix_invalid`. */
function angle(text) {
  const side = text.replace(/[-+.0-9 °'"]/g, "");
  const parts = text.match(new RegExp(NUMBER, "g"));
  const [degrees, minutes, seconds] = [...parts, 0, 0].map(Number);
  if (minutes >= 60 || seconds >= 60 || parts.slice(0, -1).some((part) => part.includes("."))) {
    throw new FormatError("fix_invalid", "minutes and seconds are less than 60, and only the last of them has a fraction");
  }
  const size = degrees + minutes / 60 + seconds / 3600;
  return { degrees: text.includes("-") || side === "S" || side === "W" ? -size : size, side };
}
