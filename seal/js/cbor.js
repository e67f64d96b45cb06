/**
 * CBOR as the format allows it: deterministic (RFC 8949 §4.2.1), definite lengths, no duplicate keys, no tags.
 *
 * An integer becomes a number, beyond 2**53 a BigInt; a float a Float, so that 1.0 is never taken for 1; a byte string a Uint8Array; an array
 * an Array; a map a Map, whose keys keep their types too; simple values a boolean, null, UNDEFINED or a Simple.
 */

import { FormatError } from "./errors.js";
import { compare, joined } from "./octets.js";

export const MAX_DEPTH = 12;
export const UNDEFINED = Symbol("undefined");

/** A number of major type 7. */
export class Float {
  constructor(value) {
    this.value = value;
  }
}

/** A simple value that has no meaning. */
export class Simple {
  constructor(number) {
    this.number = number;
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decode one item, refusing duplicate keys, indefinite lengths, tags and deep nesting, but not yet long heads.
 *
 * Returns {value, shortest, ordered}: whether every head and float is as short as can be and nothing follows, and whether the keys of all
 * maps are in bytewise order. Throws FormatError `damaged`, or `duplicate_keys`.
 */
export function loads(data) {
  const reader = new Reader(data);
  const value = reader.item(0);
  return { value, shortest: reader.shortest && reader.place === data.length, ordered: reader.ordered };
}

/**
 * Decode `data`, which must be exactly the deterministic encoding of one item.
 *
 * Throws FormatError `damaged`, `duplicate_keys` or `not_deterministic` (which includes trailing bytes).
 */
export function parse(data) {
  const { value, shortest, ordered } = loads(data);
  if (!shortest || !ordered) throw new FormatError("not_deterministic", "CBOR");
  return value;
}

/** Return `data` as a byte string. */
export function bstr(data) {
  return joined(head(2, data.length), data);
}

/** Return `data`, which is UTF-8, as a text string. */
export function tstr(data) {
  return joined(head(3, data.length), data);
}

/** Return the shortest head of a data item (RFC 8949 §3): major type 0..7 and argument below 2**32. */
export function head(major, argument) {
  const first = major << 5;
  if (argument < 24) return [first | argument];
  if (argument < 0x100) return [first | 24, argument];
  if (argument < 0x10000) return [first | 25, argument >> 8, argument & 0xff];
  return [first | 26, argument >>> 24, (argument >> 16) & 0xff, (argument >> 8) & 0xff, argument & 0xff];
}

/** Say whether a decoded value is an integer. */
export function isInteger(value) {
  return typeof value === "number" || typeof value === "bigint";
}

class Reader {
  constructor(data) {
    this.data = data;
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.place = 0;
    this.shortest = true;
    this.ordered = true;
  }

  item(depth) {
    const first = this.data[this.take(1)];
    const [major, info] = [first >> 5, first & 31];
    if (major === 7) return this.special(info);
    const argument = this.argument(info);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return typeof argument === "bigint" || argument === Number.MAX_SAFE_INTEGER ? -1n - BigInt(argument) : -1 - argument;
      case 2:
        return this.octets(argument);
      case 3:
        return this.text(argument);
      case 4:
        return this.array(argument, depth);
      case 5:
        return this.map(argument, depth);
      default:
        throw new FormatError("damaged", "CBOR");
    }
  }

  /** Go past so many octets and return where they began. */
  take(count) {
    const start = this.place;
    if (count > this.data.length - start) throw new FormatError("damaged", "CBOR");
    this.place += Number(count);
    return start;
  }

  argument(info) {
    if (info < 24) return info;
    if (info > 27) throw new FormatError("damaged", "CBOR");
    const start = this.take(1 << (info - 24));
    if (info === 24) return this.long(this.view.getUint8(start), 24);
    if (info === 25) return this.long(this.view.getUint16(start), 0x100);
    if (info === 26) return this.long(this.view.getUint32(start), 0x10000);
    const large = this.view.getBigUint64(start);
    this.shortest &&= large > 0xffff_ffffn;
    return large <= Number.MAX_SAFE_INTEGER ? Number(large) : large;
  }

  /** Return an argument that is as short as can be from `least` on. */
  long(argument, least) {
    this.shortest &&= argument >= least;
    return argument;
  }

  octets(count) {
    const start = this.take(count);
    return this.data.slice(start, this.place);
  }

  text(count) {
    const start = this.take(count);
    try {
      return UTF8.decode(this.data.subarray(start, this.place));
    } catch (error) {
      if (error instanceof TypeError) throw new FormatError("damaged", "CBOR"); // no UTF-8
      throw error;
    }
  }

  /** Look how deep an array or map lies; an empty one needs no level. */
  deeper(depth) {
    if (depth >= MAX_DEPTH) throw new FormatError("damaged", "CBOR");
    return depth + 1;
  }

  array(count, depth) {
    const value = [];
    const below = count > 0 ? this.deeper(depth) : depth;
    for (let i = 0; i < count; i++) value.push(this.item(below));
    return value;
  }

  map(count, depth) {
    const value = new Map();
    const seen = new Keys();
    const below = count > 0 ? this.deeper(depth) : depth;
    let before = new Uint8Array();
    for (let i = 0; i < count; i++) {
      const start = this.place;
      const key = this.item(below);
      const encoded = this.data.subarray(start, this.place);
      const inner = this.item(below);
      if (!seen.add(key)) throw new FormatError("duplicate_keys", "CBOR");
      this.ordered &&= compare(before, encoded) <= 0;
      before = encoded;
      value.set(key, inner);
    }
    return value;
  }

  special(info) {
    if (info < 20) return new Simple(info);
    if (info < 24) return [false, true, null, UNDEFINED][info - 20];
    if (info === 24) return this.simple(this.data[this.take(1)]);
    if (info > 27) throw new FormatError("damaged", "CBOR");
    const start = this.take(1 << (info - 24));
    const value = [half, (view, at) => view.getFloat32(at), (view, at) => view.getFloat64(at)][info - 25](this.view, start);
    this.shortest &&= info === 25 ? !Number.isNaN(value) || this.view.getUint16(start) === 0x7e00 : info === shortestFloat(value);
    return new Float(value);
  }

  simple(number) {
    if (number < 32) throw new FormatError("damaged", "CBOR");
    return new Simple(number);
  }
}

/** Return a binary16 number (RFC 8949 appendix D). */
function half(view, at) {
  const bits = view.getUint16(at);
  const [exponent, mantissa] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  const size = exponent === 0 ? mantissa * 2 ** -24 : exponent < 31 ? (mantissa + 1024) * 2 ** (exponent - 25) : mantissa ? NaN : Infinity;
  return bits & 0x8000 ? -size : size;
}

const WORD = new DataView(new ArrayBuffer(4));

/** Return the additional information of the shortest float that keeps the value: 25, 26 or 27. */
export function shortestFloat(value) {
  if (!Number.isFinite(value) || value === 0) return 25;
  if (Math.fround(value) !== value) return 27;
  WORD.setFloat32(0, value);
  const bits = WORD.getUint32(0);
  const exponent = ((bits >> 23) & 0xff) - 127;
  // Binary16 stores thirteen bits less, and of numbers below 2**-14 fewer still.
  const dropped = exponent >= -14 ? 13 : -1 - exponent;
  return exponent >= -24 && exponent <= 15 && ((bits | 0x80_0000) & ((1 << dropped) - 1)) === 0 ? 25 : 26;
}

/** The keys of one map. Two are the same if they are equal as values (docs/format.md §2). */
class Keys {
  #seen = new Map();

  /** Take a key; return false for one that is there already. */
  add(key) {
    const name = nameOf(key);
    const alike = this.#seen.get(name) ?? [];
    if (alike.some((other) => !differ(key, other))) return false;
    this.#seen.set(name, [...alike, key]);
    return true;
  }
}

/** Return a text that equal values share: a simple value and `true` count as their number, and NaN equals nothing. */
function nameOf(value) {
  if (typeof value === "string") return `"${value.length}:${value}`;
  if (isInteger(value)) return String(value);
  if (typeof value === "boolean") return String(Number(value));
  if (value instanceof Simple) return String(value.number);
  if (value instanceof Float) return nameOfFloat(value.value);
  if (value instanceof Uint8Array) return `'${value.join()}'`;
  if (Array.isArray(value)) return `[${value.map(nameOf).join()}]`;
  if (value instanceof Map) return `{${Array.from(value, ([key, inner]) => `${nameOf(key)}=${nameOf(inner)}`).sort().join()}}`;
  return value === null ? "null" : "undefined";
}

let notNumbers = 0;

function nameOfFloat(number) {
  if (Number.isNaN(number)) return `NaN ${(notNumbers += 1)}`;
  return Number.isInteger(number) && Math.abs(number) <= 2 ** 64 ? String(BigInt(number)) : String(number);
}

/** Say whether two values of one name differ all the same: a simple value equals the integer of its number, but not the float. */
function differ(one, other) {
  if (Array.isArray(one)) return one.some((item, i) => differ(item, other[i]));
  if (one instanceof Map) return differ(sorted(one), sorted(other));
  return (one instanceof Simple && other instanceof Float) || (one instanceof Float && other instanceof Simple);
}

function sorted(map) {
  return [...map].sort(([one], [other]) => (nameOf(one) < nameOf(other) ? -1 : 1));
}
