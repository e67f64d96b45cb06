/** What the fields of an inspection may hold: each check returns for what is allowed and throws for everything else. */

import { Float, isInteger } from "./cbor.js";
import { FormatError } from "./errors.js";
import { FORBIDDEN } from "./license.js";

const CODE = /^[a-z][a-z0-9_.]{0,47}$/;

function hold(rightType, within) {
  if (!rightType) throw new FormatError("damaged", "inspection");
  if (!within()) throw new FormatError("limit_broken", "inspection");
}

const length = (text) => [...text].length;

/** A map that has all of some keys, perhaps some of others, and nothing else; both are lists of [key, check]. */
export function shape(needed, allowed = []) {
  const checks = new Map([...needed, ...allowed]);
  return (value) => {
    const whole = value instanceof Map && needed.every(([key]) => value.has(key)) && [...value.keys()].every((key) => checks.has(key));
    if (!whole) throw new FormatError("damaged", "inspection");
    for (const [key, inner] of value) checks.get(key)(inner);
  };
}

/** Allow whole numbers between two, both included. */
export const number = (least, most) => (value) => hold(isInteger(value), () => least <= value && value <= most);

/** Allow floating-point numbers between two, both included; never one that is not finite. */
export const real = (least, most) => (value) =>
  hold(value instanceof Float, () => Number.isFinite(value.value) && least <= value.value && value.value <= most);

/** Allow byte strings of one length. */
export const octets = (count) => (value) => hold(value instanceof Uint8Array, () => value.length === count);

/** Allow one line of text of at most so many code points, also none. */
export const text = (most) => (value) => hold(typeof value === "string", () => length(value) <= most && !FORBIDDEN.test(value));

/** Allow one line of text that is not empty. */
export const line = (most) => (value) => hold(typeof value === "string", () => value && length(value) <= most && !FORBIDDEN.test(value));

/** Allow text with line feeds. */
export const lines = (most) => (value) =>
  hold(typeof value === "string", () => length(value) <= most && !FORBIDDEN.test(value.replaceAll("\n", "")));

/** Allow these texts. */
export const oneOf = (...allowed) => (value) => hold(typeof value === "string", () => allowed.includes(value));

/** Allow a code: letters, digits, dots and low lines, at most 48. */
export const code = (value) => hold(typeof value === "string", () => CODE.test(value));

/** Allow arrays of at most so many items, each of which passes a check. */
export const listOf = (check, most) => (value) => {
  hold(Array.isArray(value), () => value.length <= most);
  for (const item of value) check(item);
};

/** Allow an array with one item for each check. */
export const exactly = (...checks) => (value) => {
  hold(Array.isArray(value) && value.length === checks.length, () => true);
  checks.forEach((check, i) => check(value[i]));
};

/** Allow maps of at most so many entries. */
export const table = (key, inner, most) => (value) => {
  hold(value instanceof Map, () => value.size <= most);
  for (const [name, item] of value) {
    key(name);
    inner(item);
  }
};
