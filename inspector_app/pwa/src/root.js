// The root that this phone trusts. It is pinned once, when the app is installed, and nobody replaces it silently: not the network, not a
// stranger's host, not a new version of the app. Another root counts only after a person typed the code that the office gave them.
import { trust } from "./core.js";

const SHOWN = 20; // hexadecimal digits of the thumbprint that people compare: 80 bits

const octets = (base64url) => Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const hex = (data) => Array.from(new Uint8Array(data), (octet) => octet.toString(16).padStart(2, "0")).join("");

/** The root in a JWK (RFC 7517) with `floor_sequence`: {kid, publicKey, floorSequence}. Throws for anything else. */
export async function parse(jwk) {
  if (jwk.kty !== "EC" || jwk.crv !== "P-256" || !Number.isSafeInteger(jwk.floor_sequence) || !/^([0-9a-f]{2})+$/.test(jwk.kid)) {
    throw new TypeError("not a P-256 key with a floor_sequence");
  }
  const kid = Uint8Array.from(jwk.kid.match(/../g), (pair) => parseInt(pair, 16));
  return { kid, publicKey: await trust.publicKey(octets(jwk.x), octets(jwk.y)), floorSequence: jwk.floor_sequence };
}

/** The code that people compare: the beginning of the JWK's thumbprint (RFC 7638), in groups of four. */
export async function code({ crv, kty, x, y }) {
  const canonical = JSON.stringify({ crv, kty, x, y });
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical));
  return hex(digest).slice(0, SHOWN).toUpperCase().match(/.{4}/g).join(" ");
}

/** Whether two JWKs are the same key under the same kid. */
export function same(one, other) {
  return ["kid", "x", "y"].every((name) => one[name] === other[name]);
}

/** Whether a typed code is the one of `jwk`; blanks, hyphens and case do not matter. */
export async function matches(typed, jwk) {
  const bare = (text) => text.replace(/[\s-]/g, "").toUpperCase();
  return bare(typed) === bare(await code(jwk));
}
