// What people type instead of scanning. A number proves nothing, so it only finds a code in the log, which is then judged anew.
import { find, isNumber, number, prefixOf } from "./core.js";

const DIGITS = "٠١٢٣٤٥٦٧٨٩";
const AUTHORITY_LENGTHS = [2, 3, 4];
const CTI = Uint8Array.of(26, 0, 0, 1); // the first license of 2026

/**
 * A typed license number in its usual form, null if it is none. Arabic digits, blanks, hyphens and case do not matter in those that begin
 * with `prefix`, which must hold; one of another governorate must stand apart, and is not ours to check.
 */
export function numberOf(typed, prefix) {
  const latin = typed.replace(/[٠-٩]/g, (digit) => DIGITS.indexOf(digit)).toUpperCase();
  const bare = latin.replace(/[^A-Z0-9]/g, "");
  const forms = AUTHORITY_LENGTHS.map((length) => prefix.length + length).map((end) =>
    [prefix, bare.slice(prefix.length, end), bare.slice(end, end + 4), bare.slice(end + 4, -1), bare.slice(-1)].join("-"),
  );
  const ours = bare.startsWith(prefix) ? forms.find(isNumber) : undefined;
  return ours ?? find(typed, [], prefix).find((found) => ![null, prefix].includes(prefixOf(found))) ?? null;
}

/** What a license number looks like under a trust list. */
export function exampleOf({ governorate, keys }) {
  const key = [...keys.values()].find(({ roles }) => roles.includes("license"));
  return number(governorate.prefix, key?.authority ?? "XX", CTI);
}
