// What people type instead of scanning. A number proves nothing, so it only finds a code in the log, which is then judged anew.
import { isNumber } from "./core.js";

const DIGITS = "٠١٢٣٤٥٦٧٨٩";
const AUTHORITY_LENGTHS = [2, 3, 4];

/** A typed license number in its usual form, null if it is none. Arabic digits, blanks, hyphens and case do not matter. */
export function numberOf(typed) {
  const latin = typed.replace(/[٠-٩]/g, (digit) => DIGITS.indexOf(digit)).toUpperCase();
  const bare = latin.replace(/[^A-Z0-9]/g, "");
  const forms = AUTHORITY_LENGTHS.map((length) => 3 + length).map((end) =>
    [bare.slice(0, 3), bare.slice(3, end), bare.slice(end, end + 4), bare.slice(end + 4, -1), bare.slice(-1)].join("-"),
  );
  return forms.find(isNumber) ?? null;
}
