// The root that this phone trusts: a root document, or one key (a JWK), as the host's root.json has them. It is pinned once, when the app is
// installed, and nobody replaces it silently: not the network, not a stranger's host, not a new version of the app. A document that follows
// the pinned one counts, for its holders signed that. Another root counts only after a person typed the code that the office gave them.
import { documents, ListError, trust } from "./core.js";

const SHOWN = 20; // hexadecimal digits that people compare: 80 bits
const DOCUMENT_MOST = 90_000; // characters of Base 64

/** Return a promise of the root that a pinned one is: a RootDocument, or a Root. Throws ListError. */
export async function read(pinned) {
  return isDocument(pinned) ? documents.pinned(octets(pinned)) : trust.Root.fromJwk(pinned);
}

/** Whether what is pinned, or offered, is a root document. */
export function isDocument(pinned) {
  return typeof pinned?.document === "string";
}

/** The pinned form of a document's octets. */
export function pinnedFrom(data) {
  return { document: btoa(Array.from(data, (octet) => String.fromCharCode(octet)).join("")) };
}

function octets({ document }) {
  try {
    if (document.length <= DOCUMENT_MOST) return Uint8Array.from(atob(document), (letter) => letter.charCodeAt(0));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // no Base 64
  }
  throw new ListError("root_invalid", "no document");
}

/** The code that people compare: of a document's payload, or the beginning of the JWK's thumbprint (RFC 7638), in groups of four. */
export async function code(pinned) {
  if (isDocument(pinned)) return documents.code(octets(pinned));
  const { crv, kty, x, y } = pinned;
  const canonical = JSON.stringify({ crv, kty, x, y });
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical)));
  const hex = Array.from(digest, (octet) => octet.toString(16).padStart(2, "0")).join("");
  return hex.slice(0, SHOWN).toUpperCase().match(/.{4}/g).join(" ");
}

/** Whether two are the same root: the same document, or the same key under the same kid. */
export function same(one, other) {
  if (isDocument(one) || isDocument(other)) return one.document === other.document;
  return ["kid", "x", "y"].every((name) => one[name] === other[name]);
}

/**
 * Return a promise of whether a root that the host names is none of ours: neither the pinned one, nor one of the same deployment that the
 * pinned one is beyond already, which a host has whose own was not renewed.
 */
export async function another(pinned, named) {
  if (same(pinned, named)) return false;
  if (!isDocument(pinned) || !isDocument(named)) return true;
  const [ours, theirs] = await Promise.all([read(pinned), read(named)]);
  return ours.deployment !== theirs.deployment || theirs.version >= ours.version;
}

/**
 * Return a promise of whether a document takes the place of the one key that is pinned without anybody being asked: the holder of that key
 * signed it. With the key alone everything could be signed before; with the document no more.
 */
export async function takesOver(pinned, named) {
  if (isDocument(pinned) || !isDocument(named)) return false;
  const { x, y } = await crypto.subtle.exportKey("jwk", (await trust.Root.fromJwk(pinned)).publicKey);
  const signed = await documents.ownSigners(await read(named), octets(named));
  const points = await Promise.all(signed.map(({ publicKey }) => crypto.subtle.exportKey("jwk", publicKey)));
  return points.some((point) => point.x === x && point.y === y);
}

/** Whether a typed code is the one of a root; blanks, hyphens and case do not matter. */
export async function matches(typed, pinned) {
  const bare = (text) => text.replace(/[\s-]/g, "").toUpperCase();
  return bare(typed) === bare(await code(pinned));
}
