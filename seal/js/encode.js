/**
 * Deterministic CBOR (RFC 8949 §4.2.1) of what the format holds, for what a device signs: integers, Float, texts, byte strings (Uint8Array),
 * arrays, Maps, booleans and null. The twin of `cbor.encode` for these.
 */

import { bstr, Float, head, shortestFloat, tstr } from "./cbor.js";
import { compare, joined } from "./octets.js";

const UTF8 = new TextEncoder();

/** Encode `value`. Throws TypeError for what CBOR here does not have: other objects, numbers that are not safe integers, texts with lone surrogates. */
export function encode(value) {
  if (typeof value === "number") return integer(value);
  if (typeof value === "string") return tstr(utf8(value));
  if (typeof value === "boolean") return [value ? 0xf5 : 0xf4];
  if (value === null) return [0xf6];
  if (value instanceof Float) return float(value.value);
  if (value instanceof Uint8Array) return bstr(value);
  if (Array.isArray(value)) return joined(head(4, value.length), ...value.map(encode));
  if (value instanceof Map) return map(value);
  throw new TypeError(`no CBOR for ${typeof value}`);
}

function integer(value) {
  if (!Number.isSafeInteger(value)) throw new TypeError("a number that is no safe integer: a float is a Float");
  const [major, argument] = value < 0 ? [1, -1 - value] : [0, value];
  if (argument < 2 ** 32) return head(major, argument);
  const octets = new Uint8Array(9);
  octets[0] = (major << 5) | 27;
  new DataView(octets.buffer).setBigUint64(1, BigInt(argument));
  return octets;
}

function utf8(text) {
  if (!text.isWellFormed()) throw new TypeError("a text with half a character");
  return UTF8.encode(text);
}

function float(value) {
  const size = shortestFloat(value);
  if (size === 25) return [0xf9, ...half(value)];
  const octets = new Uint8Array(size === 26 ? 5 : 9);
  const view = new DataView(octets.buffer);
  octets[0] = size === 26 ? 0xfa : 0xfb;
  if (size === 26) view.setFloat32(1, value);
  else view.setFloat64(1, value);
  return octets;
}

/** Return the two octets of a number that binary16 holds exactly. */
function half(value) {
  const word = new DataView(new ArrayBuffer(4));
  word.setFloat32(0, value);
  const bits = word.getUint32(0);
  const [sign, exponent, mantissa] = [(bits >>> 16) & 0x8000, (bits >>> 23) & 0xff, bits & 0x7f_ffff];
  if (Number.isNaN(value)) return [0x7e, 0];
  let small = 0;
  if (exponent === 0xff) small = 0x7c00;
  else if (exponent >= 113) small = ((exponent - 112) << 10) | (mantissa >> 13);
  else if (exponent > 0) small = (mantissa | 0x80_0000) >> (126 - exponent);
  return [(sign | small) >> 8, small & 0xff];
}

function map(value) {
  const entries = Array.from(value, ([key, inner]) => [Uint8Array.from(encode(key)), encode(inner)]);
  entries.sort(([one], [other]) => compare(one, other));
  return joined(head(5, entries.length), ...entries.flat());
}
