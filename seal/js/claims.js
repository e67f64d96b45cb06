/**
 * A license as CWT claims (RFC 8392).
 *
 *     {1: iss, ?4: exp, 5: nbf, 6: iat, 7: cti, 264: {1: lat, 2: lon}, 65535: {"status_list": {"idx", "uri"}},
 *      -65537: [type, radius or footprint, details, activity, trade name, holder, address]}
 *
 * The texts a person reads come last, so that the wire can fold them (see fold.js).
 */

import * as cbor from "./cbor.js";
import * as days from "./days.js";
import { encode } from "./encode.js";
import { FormatError, LicenseError } from "./errors.js";
import * as licenses from "./license.js";
import { roundHalfEven } from "./rounding.js";

export const [ISS, EXP, NBF, IAT, CTI, LOCATION, STATUS, LICENSE] = [1, 4, 5, 6, 7, 264, 65535, -65537];
const ORDER = [[ISS, EXP, NBF, IAT, CTI, LOCATION, STATUS, LICENSE], [ISS, NBF, IAT, CTI, LOCATION, STATUS, LICENSE]];
export const TIME_MIN = 946_598_400; // a day before 2000
export const TIME_MAX = 2 ** 33; // and the year 2242
export const NBF_MIN = -2_208_996_309; // 00:00 of 1900-01-01 in Cairo: old licenses are imported too
export const INDEX_MAX = { 1: 1 << 20, 2: 1 << 16 }; // by version
const URI = /^https:\/\/[a-z0-9.:-]{1,60}\/status\/[1-9][0-9]{0,3}$/;

/** The claims of one seal. Times are seconds since 1970 UTC; `exp` null means open-ended. */
export class Claims {
  constructor(held) {
    Object.assign(this, held);
    Object.freeze(this);
  }

  /** Return the license number in the governorate with `prefix`, which a seal does not carry. */
  numberIn(prefix) {
    return licenses.number(prefix, this.iss, this.cti);
  }

  /** 0 for the first seal of a license, then one more for each replacement. */
  get edition() {
    return this.cti.length === 5 ? this.cti[4] : 0;
  }

  /** The license these claims carry. `lastDay` null means open-ended; both days are days of Africa/Cairo. */
  get license() {
    return {
      authority: this.iss,
      type: this.type,
      activity: this.activity,
      tradeName: this.tradeName,
      holder: this.holder,
      address: this.address,
      site: this.site,
      details: Object.fromEntries(Array.from(this.details, ([key, value]) => [licenses.DETAILS[key], value])),
      firstDay: days.dayOf(this.nbf),
      lastDay: this.exp === null ? null : days.lastDayOf(this.exp),
    };
  }
}

/** Return the payload: deterministic CBOR. */
export function toBytes(held) {
  const { point, radiusM, footprint } = held.site;
  const extent = footprint.length > 0 ? footprint.flat() : radiusM;
  const { type, details, activity, tradeName, holder, address } = held;
  const place = new Map([[1, new cbor.Float(point.latitude)], [2, new cbor.Float(point.longitude)]]);
  const listed = new Map([["status_list", new Map([["idx", held.idx], ["uri", held.uri]])]]);
  const ends = held.exp === null ? [] : [[EXP, held.exp]];
  const rest = [[NBF, held.nbf], [IAT, held.iat], [CTI, held.cti], [LOCATION, place], [STATUS, listed]];
  const parts = [type, extent, details, activity, tradeName, holder, address];
  return encode(new Map([[ISS, held.iss], ...ends, ...rest, [LICENSE, parts]]));
}

/** Read the payload of a seal of this version, strictly. Throws FormatError. Nothing returned here is verified. */
export function fromBytes(payload, version = "1") {
  const { value, shortest } = cbor.loads(payload);
  if (!(value instanceof Map) || !ORDER.some((order) => String(order) === keysOf(value))) {
    throw new FormatError(shuffled(value) ? "not_deterministic" : "damaged", "claims");
  }
  const claims = claimsOf(value);
  checkFloats(claims.site.point);
  // Keys are in order and unique, so the payload is deterministic exactly if it is as short as its shortest encoding (RFC 8949 §4.2.1).
  if (!shortest) throw new FormatError("not_deterministic", "claims");
  return checked(claims, version);
}

/** Return claims, held to the limits of a version. Throws FormatError `limit_broken`. */
export function checked(claims, version) {
  checkLimits(claims, INDEX_MAX[version]);
  return claims;
}

/** Return the keys of a map as a text; one with a key that is no integer has none. */
function keysOf(map) {
  const keys = [...map.keys()];
  return keys.every(cbor.isInteger) ? keys.join() : "";
}

function shuffled(value) {
  if (!(value instanceof Map)) return false;
  const keys = [...value.keys()];
  return keys.every(cbor.isInteger) && ORDER.some((order) => order.length === keys.length && order.every((key) => value.has(key)));
}

/** Look whether the coordinates are exactly of binary32. Throws FormatError. */
function checkFloats({ latitude, longitude }) {
  const numbers = [latitude, longitude];
  if (numbers.some((number) => Number.isFinite(number) && !Number.isFinite(Math.fround(number)))) {
    throw new FormatError("limit_broken", "coordinates");
  }
  if (numbers.some((number) => !Number.isFinite(number) || Math.fround(number) !== number)) {
    throw new FormatError("not_deterministic", "coordinates beyond binary32");
  }
}

/** Take the map apart, type by type (`true` is no integer here). */
function claimsOf(value) {
  const [iss, exp, nbf, iat, cti] = [ISS, EXP, NBF, IAT, CTI].map((key) => value.get(key));
  const [latitude, longitude] = members(value.get(LOCATION), [1, 2]);
  const [listed] = members(value.get(STATUS), ["status_list"]);
  const [idx, uri] = members(listed, ["idx", "uri"]);
  const parts = value.get(LICENSE);
  if (!Array.isArray(parts) || parts.length !== 7) throw new FormatError("damaged", "claims");
  const [type, extent, details, activity, tradeName, holder, address] = parts;
  if (
    !(latitude instanceof cbor.Float && longitude instanceof cbor.Float) ||
    ![nbf, iat, idx].every(cbor.isInteger) ||
    !(!value.has(EXP) || cbor.isInteger(exp)) ||
    ![iss, uri, type, activity, tradeName, holder, address].every((text) => typeof text === "string") ||
    !(cti instanceof Uint8Array && details instanceof Map)
  ) {
    throw new FormatError("damaged", "claims");
  }
  const point = Object.freeze({ latitude: latitude.value, longitude: longitude.value });
  const site = Object.freeze({ point, ...extentOf(extent) });
  return new Claims({ iss, exp: exp ?? null, nbf, iat, cti, site, idx, uri, type, details, activity, tradeName, holder, address });
}

/** Return the values of a map that has exactly these keys, in this order. */
function members(map, keys) {
  if (!(map instanceof Map) || map.size !== keys.length || ![...map.keys()].every((key, i) => key === keys[i])) {
    throw new FormatError("damaged", "claims");
  }
  return [...map.values()];
}

function extentOf(extent) {
  if (cbor.isInteger(extent)) return { radiusM: extent, footprint: Object.freeze([]) };
  if (!Array.isArray(extent) || extent.length === 0 || extent.length % 2 || !extent.every(cbor.isInteger)) {
    throw new FormatError("damaged", "footprint");
  }
  const corners = Array.from({ length: extent.length / 2 }, (_, i) => Object.freeze(extent.slice(2 * i, 2 * i + 2)));
  return { radiusM: 0, footprint: Object.freeze(corners) };
}

/** Hold the claims to the limits of docs/format.md §3. Throws FormatError `limit_broken`. */
function checkLimits(claims, indexMax) {
  const { cti, exp, nbf, iat, idx } = claims;
  const texts = Object.entries(licenses.TEXT_LIMITS);
  if (
    !(licenses.AUTHORITY.test(claims.iss) && licenses.TYPE.test(claims.type) && URI.test(claims.uri)) ||
    !(idx >= 0 && idx < indexMax) ||
    !texts.every(([field, limit]) => claims[field] !== "" && Array.from(claims[field]).length <= limit) ||
    texts.some(([field]) => licenses.FORBIDDEN.test(claims[field])) ||
    !(nbf >= NBF_MIN && nbf < TIME_MAX && iat >= TIME_MIN && iat < TIME_MAX) ||
    !(exp === null || (nbf < exp && exp < TIME_MAX)) ||
    !(cti.length === 4 || cti.length === 5) ||
    cti.subarray(1, 4).every((octet) => octet === 0) ||
    cti[4] === 0 ||
    !detailsHold(claims.details)
  ) {
    throw new FormatError("limit_broken", "claims");
  }
  try {
    licenses.checkSite(claims.site);
  } catch (error) {
    if (error instanceof LicenseError) throw new FormatError("limit_broken", error.field);
    throw error;
  }
}

function detailsHold(details) {
  const keys = [...details.keys()];
  return keys.every(
    (key, i) =>
      Object.hasOwn(licenses.DETAILS, String(key)) &&
      cbor.isInteger(key) &&
      (i === 0 || keys[i - 1] < key) &&
      cbor.isInteger(details.get(key)) &&
      details.get(key) > 0 &&
      details.get(key) <= licenses.DETAIL_LIMITS[licenses.DETAILS[key]],
  );
}

/** Latitude and longitude as people read them, the same before sealing and after: five decimals (a metre) of binary32. */
export function positionText({ latitude, longitude }) {
  return [latitude, longitude].map((degrees) => roundHalfEven(Math.fround(degrees), 5).toFixed(5)).join(", ");
}
