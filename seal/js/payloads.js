/** What every reader of a signed payload needs: its members, of the kinds that they must be, and keys on P-256. */

import { FormatError } from "./errors.js";
import { joined } from "./octets.js";

export const P256 = Object.freeze({ name: "ECDSA", namedCurve: "P-256" });

/** Return a promise of the P-256 key with these coordinates, 32 bytes each. Throws FormatError. */
export async function publicKey(x, y) {
  if (!(x instanceof Uint8Array && y instanceof Uint8Array && x.length === 32 && y.length === 32)) {
    throw new FormatError("damaged", "public key");
  }
  try {
    return await crypto.subtle.importKey("raw", joined([4], x, y), P256, true, ["verify"]);
  } catch (error) {
    if (error instanceof DOMException) throw new FormatError("damaged", "public key"); // not a point of the curve
    throw error;
  }
}

/** Return how to reach the members of a map; one that is missing is damage. */
export function members(value) {
  return (key) => {
    if (!(value instanceof Map && value.has(key))) throw new FormatError("damaged", `no ${key}`);
    return value.get(key);
  };
}

/** Return an array of a payload. Throws FormatError. */
export function array(value) {
  if (!Array.isArray(value)) throw new FormatError("damaged", "array expected");
  return value;
}

/** Return a text of a payload. Throws FormatError. */
export function text(value) {
  if (typeof value !== "string") throw new FormatError("damaged", "text expected");
  return value;
}

/** Return a whole number of a payload, below 2^53. Throws FormatError. */
export function uint(value) {
  if (typeof value !== "number" || value < 0) throw new FormatError("damaged", "number expected");
  return value;
}
