// The root that this phone trusts. It is pinned once, when the app is installed, and nobody replaces it silently: not the network, not a
// stranger's host, not a new version of the app. Another root counts only after a person typed the code that the office gave them.

const SHOWN = 20; // hexadecimal digits of the thumbprint that people compare: 80 bits

/** The code that people compare: the beginning of the JWK's thumbprint (RFC 7638), in groups of four. */
export async function code({ crv, kty, x, y }) {
  const canonical = JSON.stringify({ crv, kty, x, y });
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical)));
  const hex = Array.from(digest, (octet) => octet.toString(16).padStart(2, "0")).join("");
  return hex.slice(0, SHOWN).toUpperCase().match(/.{4}/g).join(" ");
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
