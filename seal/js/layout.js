/**
 * The layout of version 2: claims in fields that each take what they are worth, all popped from one number (docs/format.md §4.5). This side
 * only reads.
 */

import { Claims, TIME_MIN } from "./claims.js";
import * as data from "./data.js";
import { FormatError } from "./errors.js";
import { ALPHABET } from "./fold.js";
import { fromHex } from "./octets.js";
import { joined, Table } from "./radix.js";

export const [LONG_KID, FAR_TIME, FAR_PLACE, EDITION, OTHER_YEAR, FOLDED] = [1, 2, 4, 8, 16, 128];
const [SERIAL_BITS, POSITION_BITS] = [[12, 16, 20, 24], [16, 20, 24, 30]];
const IAT_SINCE = 1_577_836_800; // 2020-01-01; with FAR_TIME it is TIME_MIN
const STEP = 2 ** -19; // degrees: binary32's own step from 16 to 32
const [SOUTH, WEST] = [30, 29]; // degrees; the fields hold two degrees from there
const [YEARS_SINCE, MEAN_YEAR] = [946_684_800, 31_556_952]; // 2000-01-01, and seconds of a Gregorian year
const DAY = 86_400;
const NEAR_DAYS = new Table([[4, 4], [10, 11], [17, 1]]); // bits of the first day
const FIRST_DAYS = { 4: -7, 10: -768, 17: -25_567 }; // from the day of iat, but the last is 1900-01-01
const OFFSETS = new Table([[7_200, 8], [10_800, 7], [-1, 1]]); // seconds before 00:00 UTC; -1: 17 bits say how many
const [OPEN, PERIOD, DAYS] = [0, 1, 2];
const TERMS = new Table([[OPEN, 8], [PERIOD, 7], [DAYS, 1]]);
const DATES = joined(NEAR_DAYS, OFFSETS, TERMS);
const SHIFTS = new Table([[0, 14], [3_600, 1], [-3_600, 1]]); // where summer time begins or ends within the term
const ANY_DETAILS = -1;
const SIZE = 0b11; // width and height
const DETAILS = new Table([[0, 12], [SIZE, 3], [ANY_DETAILS, 1]]); // the keys, key 1 lowest
const TENS = new Table([[7, 12], [15, 4]]); // bits of a width or height: seven count tens of centimetres
const SIZES = joined(TENS, TENS);
const COUNT_BITS = { 3: 5, 4: 8 }; // faces, floors
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const BETWEEN = 0x0a;

let frozen = null;

/** The tables of version 2, frozen with it. */
export function tables() {
  if (frozen) return frozen;
  const held = data.file("tables-2.json");
  const [authorities, types, activities, radii] = ["authorities", "types", "activities", "radii"].map((name) => new Table(held[name]));
  const periods = joined(new Table(held.periods.map((days) => [days, 1])), SHIFTS);
  frozen = { authorities, activities, kinds: joined(types, radii, DETAILS), periods, header: fromHex(held.header) };
  return frozen;
}

/**
 * Return {kid, claims} from what is left of a Stack behind the flags; the claims are not looked at yet. `inflate` gives the octets behind
 * what is left. Throws FormatError `damaged`, and what `inflate` throws.
 */
export function read(stack, flags, host, inflate) {
  const { authorities, kinds, activities, periods } = tables();
  const { kid, iat, cti, point, position } = header(stack, flags);
  const iss = stack.choice(authorities) || authority(stack);
  const [nbf, exp] = term(stack, iat, periods);
  let [[type, radiusM, keys], activity] = [stack.choice(kinds), stack.choice(activities)];
  const site = Object.freeze({ point, ...extent(stack, radiusM) });
  const details = detailsOf(stack, keys);
  const texts = lettersOf(inflate(stream(stack.number)));
  type ||= texts.shift();
  if (texts.length > 0) activity ||= texts.shift();
  if (texts.length !== 3) throw new FormatError("damaged", "texts");
  const [tradeName, holder, address] = texts;
  const [list, idx] = [Math.floor(position / 65_536) + 1, position % 65_536];
  const uri = `https://${host}/status/${list}`;
  return { kid, claims: new Claims({ iss, exp, nbf, iat, cti, site, idx, uri, type, details, activity, tradeName, holder, address }) };
}

/** Return the octets of a stream: the bits below the highest 1, the first bit lowest. Throws FormatError `damaged`. */
export function stream(number) {
  if (number === 0n) throw new FormatError("damaged", "no stream");
  const size = number.toString(2).length - 1;
  const count = Math.ceil(size / 8);
  const rest = BigInt.asUintN(size, number);
  return count === 0 ? new Uint8Array() : fromHex(rest.toString(16).padStart(2 * count, "0")).reverse();
}

/** Pop the block that every token has, and what widens it. */
function header(stack, flags) {
  let kid = [stack.bits(8)];
  let iat = IAT_SINCE + stack.bits(31);
  const [low, high] = [stack.bits(20), stack.bits(20)];
  const [serialBits, positionBits] = [SERIAL_BITS[stack.bits(2)], POSITION_BITS[stack.bits(2)]];
  let point = { latitude: SOUTH + low * STEP, longitude: WEST + high * STEP };
  if (flags & LONG_KID) kid = [stack.bits(8), ...kid];
  if (flags & FAR_TIME) iat += TIME_MIN - IAT_SINCE + stack.bits(2) * 2 ** 31;
  if (flags & FAR_PLACE) point = far(low, high, stack.bits(24));
  const edition = flags & EDITION ? [stack.bits(8)] : [];
  const year = flags & OTHER_YEAR ? stack.bits(8) : Math.floor((iat - YEARS_SINCE) / MEAN_YEAR) & 0xff;
  const serial = stack.bits(serialBits);
  const cti = Uint8Array.of(year, serial >> 16, (serial >> 8) & 0xff, serial & 0xff, ...edition);
  return { kid: Uint8Array.from(kid), iat, cti, point: Object.freeze(point), position: stack.bits(positionBits) };
}

/** Return the point that 64 bits stand for, two binary32, latitude lowest. */
function far(low, high, top) {
  const view = new DataView(new ArrayBuffer(8));
  const all = BigInt(low) | (BigInt(high) << 20n) | (BigInt(top) << 40n);
  view.setUint32(0, Number(BigInt.asUintN(32, all)));
  view.setUint32(4, Number(all >> 32n));
  return { latitude: view.getFloat32(0), longitude: view.getFloat32(4) };
}

/** Pop the letters of an authority that is not in the table. */
function authority(stack) {
  const length = stack.bits(2) + 1;
  return Array.from({ length }, () => LETTERS[stack.bits(6)] ?? "?").join(""); // no authority has the latter
}

/** Pop nbf and exp. */
function term(stack, iat, periods) {
  const [bits, offset, kind] = stack.choice(DATES);
  const day = stack.bits(bits) + FIRST_DAYS[bits] + (bits < 17 ? Math.floor(iat / DAY) : 0);
  const nbf = DAY * day - (offset < 0 ? stack.bits(17) : offset);
  if (kind === OPEN) return [nbf, null];
  const [days, shift] = kind === PERIOD ? stack.choice(periods) : [stack.bits(17), stack.choice(SHIFTS)];
  return [nbf, nbf + DAY * days + shift];
}

/** Pop a radius that is not in the table, or corners: each from the one before, the first from the site point. */
function extent(stack, radiusM) {
  if (radiusM >= 0) return { radiusM: radiusM || stack.bits(8), footprint: Object.freeze([]) };
  const [count, bits] = [stack.bits(5) + 3, stack.bits(4)];
  let [east, north] = [0, 0];
  const corners = Array.from({ length: count }, () => {
    east += signed(stack.bits(bits));
    north += signed(stack.bits(bits));
    return Object.freeze([east, north]);
  });
  return { radiusM: 0, footprint: Object.freeze(corners) };
}

/** Return 0, -1, 1, -2, 2, … for 0, 1, 2, 3, 4, … */
function signed(value) {
  return value & 1 ? -((value + 1) >> 1) : value >> 1;
}

/** Pop details. */
function detailsOf(stack, named) {
  if (named === SIZE) return new Map(stack.choice(SIZES).map((bits, place) => [place + 1, length(stack, bits)]));
  const keys = named === ANY_DETAILS ? stack.bits(4) : named;
  const held = [1, 2, 3, 4].filter((key) => (keys >> (key - 1)) & 1);
  return new Map(held.map((key) => [key, key in COUNT_BITS ? stack.bits(COUNT_BITS[key]) : length(stack, stack.choice(TENS))]));
}

/** Pop a width or height of so many bits. */
function length(stack, bits) {
  return stack.bits(bits) * (bits === 7 ? 10 : 1);
}

/** Return the texts that octets of the fold's alphabet stand for. */
function lettersOf(octets) {
  const letters = Array.from(octets, (octet) => (octet === BETWEEN ? "\n" : ALPHABET[octet]));
  if (letters.includes("\ufffe")) throw new FormatError("damaged", "letters");
  return letters.join("").split("\n");
}
