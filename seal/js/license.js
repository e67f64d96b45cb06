/** A license: the data a seal carries, and its limits, which are part of the format (docs/format.md §3). */

import { LicenseError } from "./errors.js";
import * as sites from "./site.js";

/** Longest texts, in code points. */
export const TEXT_LIMITS = Object.freeze({ activity: 60, tradeName: 80, holder: 80, address: 120 });
/** Details and their largest values; sizes in centimetres, the rest counts. The keys are the claims' keys. */
export const DETAILS = Object.freeze({ 1: "width_cm", 2: "height_cm", 3: "faces", 4: "floors" });
export const DETAIL_LIMITS = Object.freeze({ width_cm: 20_000, height_cm: 20_000, faces: 20, floors: 200 });
const FIRST_YEAR = 2000;

/** What stands before the numbers of a governorate's licenses. APP stands before those of applications, VIO of notices. */
export const PREFIX = /^(?!APP$|VIO$)[A-Z][A-Z0-9]{1,3}$/;
const NUMBER = /^((?!APP-|VIO-)[A-Z][A-Z0-9]{1,3})-[A-Z][A-Z0-9]{1,3}-2[0-9]{3}-[0-9]{7,8}-[0-9A-Z]$/;
export const AUTHORITY = /^[A-Z][A-Z0-9]{1,3}$/;
export const TYPE = /^[a-z][a-z_]{1,23}$/;
/** Control, format, private-use and line-breaking characters: they can hide or reorder what a person reads. */
export const FORBIDDEN =
  /[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\ufff0-\uffff\u{e0000}-\u{10ffff}]/u;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Return if the site is within the limits of the format. Throws LicenseError. */
export function checkSite(site) {
  const { point, radiusM, footprint } = site;
  if (!(point.latitude >= -90 && point.latitude <= 90)) throw new LicenseError("latitude_range", "latitude");
  if (!(point.longitude >= -180 && point.longitude <= 180)) throw new LicenseError("longitude_range", "longitude");
  if (footprint.length > 0) {
    const fault = sites.footprintFault(footprint);
    if (fault) throw new LicenseError(fault, "footprint");
  } else if (!(radiusM > 0 && radiusM <= sites.RADIUS_MAX_M)) {
    throw new LicenseError("radius_range", "radius_m");
  }
}

/** Return the license number `<prefix>-<authority>-<year>-<serial>-<check>` that a `cti` stands for in the governorate with `prefix`. */
export function number(prefix, authority, cti) {
  const serial = (cti[1] << 16) | (cti[2] << 8) | cti[3];
  const body = `${prefix}-${authority}-${FIRST_YEAR + cti[0]}-${String(serial).padStart(7, "0")}`;
  return `${body}-${checkCharacter(body)}`;
}

/** Return the ISO 7064 MOD 37,36 check character of `body` (hyphens are skipped). */
export function checkCharacter(body) {
  let total = 36;
  for (const character of body.replaceAll("-", "")) {
    total = (total + ALPHABET.indexOf(character)) % 36 || 36;
    total = (total * 2) % 37;
  }
  return ALPHABET[(37 - total) % 36];
}

/**
 * Return the prefix of a text that has the form of a license number of any governorate, whether or not its check character is right; null
 * for any other text.
 */
export function prefixOf(text) {
  return NUMBER.exec(text)?.[1] ?? null;
}

/** Say whether `text` has the form of a license number, of whatever governorate, and its check character is right. */
export function isNumber(text) {
  return prefixOf(text) !== null && checkCharacter(text.slice(0, -2)) === text.at(-1);
}
