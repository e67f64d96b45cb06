/**
 * The root: a document that says whose signatures make a trust list, and how each document follows the one before (docs/format.md §21). The
 * twin of seal/roots.py; this side only reads.
 *
 * A holder has two keys, one on P-256 and one of ML-DSA-44, and has signed only where both did. As in TUF a document is signed by enough of
 * the holders that it names and by enough of those that the former names; versions follow one by one, and none is skipped.
 */

import * as cbor from "./cbor.js";
import * as cose from "./cose.js";
import * as cosign from "./cosign.js";
import { FormatError, ListError, SignatureError } from "./errors.js";
import * as mlDsa from "./ml_dsa.js";
import { hex, joined } from "./octets.js";
import { array, members, publicKey, text, uint } from "./payloads.js";

export const TYP = "application/khatm-root+cose";
export const HOLDERS_MOST = 9;
export const OCTETS_MOST = 1 << 16; // of a document; one of nine holders, handed over from nine others, has 60,000
export const COSIGNED_MOST = 2 << 20; // octets of anything else that a root signs: each holder's signature hashes all of it
export const STEPS_MOST = 64; // documents that are followed at once
const VERSION_MOST = 0xffffffff;
const KID_BYTES = 8;
const CODE_DIGITS = 20;
const DEPLOYMENT = /^[A-Z][A-Z0-9]{1,3}-[0-9a-f]{16}$/;

/**
 * Who holds the root of a deployment, and how many of them sign: {deployment, version, threshold, keys, issuedAt, expires, floorSequence},
 * `keys` being {publicKey, mlDsa44, kid, point} each. Times are seconds since 1970 UTC. `deployment` never changes (docs/format.md §19).
 * Nothing that is signed by it counts from `expires` on.
 */
export class RootDocument {
  constructor(held) {
    Object.assign(this, held);
    Object.freeze(this);
  }

  /** Whose licenses it is for. */
  get prefix() {
    return this.deployment.split("-")[0];
  }

  /**
   * Return a promise of the payload, decoded, of what enough holders signed.
   *
   * Throws FormatError; SignatureError `root_threshold` where too few did.
   */
  async open(data, typ) {
    const signed = taken(data, typ, COSIGNED_MOST);
    if ((await signers(this.keys, signed)).size < this.threshold) throw new SignatureError("root_threshold", `${this.threshold} wanted`);
    return cbor.parse(signed.payload);
  }

  /** Return what was signed in an object of a `typ` that `open` took, as octets. */
  payload(data, typ) {
    return taken(data, typ, COSIGNED_MOST).payload;
  }
}

/**
 * Return a promise of the kids (hex) of the holders that signed, each once, with both of their keys. Of two signatures that name one key the
 * first counts. What names another key or another algorithm is let pass.
 */
export async function signers(keys, signed) {
  const found = await Promise.all(keys.map((key) => holderSigned(key, signed)));
  return new Set(keys.filter((_, place) => found[place]).map(({ kid }) => hex(kid)));
}

/** Return a promise of those of a document's own keys that signed it. Throws FormatError for anything else. */
export async function ownSigners({ keys }, data) {
  const signed = await signers(keys, taken(data, TYP, OCTETS_MOST));
  return keys.filter(({ kid }) => signed.has(hex(kid)));
}

async function holderSigned({ publicKey: p256, mlDsa44, kid }, signed) {
  const [es, ml] = [cosign.ESP256, cosign.ML_DSA_44].map((alg) => signed.of(alg, kid));
  if (!es || !ml || es.length !== cose.SIGNATURE_BYTES || cose.isHigh(es)) return false;
  return (await cose.holds(p256, signed.message(cosign.ESP256, kid), es)) && mlDsa.holds(mlDsa44, signed.message(cosign.ML_DSA_44, kid), ml);
}

/**
 * Return a promise of what people compare a document by: the beginning of its payload's SHA-256, 80 bits in groups of four hexadecimal
 * digits. Throws FormatError for anything else.
 */
export async function code(data) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", taken(data, TYP, OCTETS_MOST).payload));
  return hex(digest).slice(0, CODE_DIGITS).toUpperCase().match(/.{4}/g).join(" ");
}

/** Return a promise of the document that a reader was given by hand. Throws ListError `root_corrupt`, `root_unsigned`. */
export async function pinned(data) {
  const { signed, document } = await read(data, null);
  await require(document, signed, "root_unsigned");
  return document;
}

/**
 * Return a promise of the document that follows `former`.
 *
 * Throws ListError `root_not_handed_over` where too few holders of the former signed, before anything in it is decoded; `root_corrupt`,
 * `root_out_of_turn`, `root_other_deployment`, `root_unsigned` where too few of its own did.
 */
export async function succeed(former, data) {
  const { signed, document: next } = await read(data, former);
  if (next.version !== former.version + 1) throw new ListError("root_out_of_turn", `${next.version} after ${former.version}`);
  if (next.deployment !== former.deployment) throw new ListError("root_other_deployment", next.deployment);
  await require(next, signed, "root_unsigned");
  return next;
}

/**
 * Follow documents from one on; return a promise of {document, data, fault}: the newest that could be reached, what it was read from (null
 * where no step was made), and why the next one was not taken, or "". `readOf(version)` returns (a promise of) what is published, or null.
 *
 * A document that does not hold ends the walk, and the one before stays.
 */
export async function walk(first, readOf) {
  let [reached, data] = [first, null];
  for (let steps = 0; steps < STEPS_MOST; steps++) {
    const following = await readOf(reached.version + 1);
    if (!following) break;
    try {
      [reached, data] = [await succeed(reached, following), following];
    } catch (error) {
      if (error instanceof ListError) return { document: reached, data, fault: error.code };
      throw error;
    }
  }
  return { document: reached, data, fault: "" };
}

async function read(data, former) {
  try {
    const signed = taken(data, TYP, OCTETS_MOST);
    if (former) await require(former, signed, "root_not_handed_over");
    return { signed, document: await documentOf(cbor.parse(signed.payload)) };
  } catch (error) {
    if (error instanceof FormatError) throw new ListError("root_corrupt", error.message);
    throw error;
  }
}

function taken(data, typ, most) {
  if (data.length > most) throw new FormatError("damaged", "too large");
  return cosign.fromBytes(data, typ);
}

async function require({ keys, threshold }, signed, code) {
  const { size } = await signers(keys, signed);
  if (size < threshold) throw new ListError(code, `${size} of ${threshold}`);
}

async function documentOf(payload) {
  const member = members(payload);
  const document = new RootDocument({
    deployment: text(member("deployment")),
    version: uint(member("version")),
    threshold: uint(member("threshold")),
    keys: Object.freeze(await Promise.all(array(member("keys")).slice(0, HOLDERS_MOST + 1).map(keyOf))),
    issuedAt: uint(member("issued_at")),
    expires: uint(member("expires")),
    floorSequence: uint(member("floor_sequence")),
  });
  if (!holds(document)) throw new FormatError("damaged", "limits");
  return document;
}

async function keyOf(entry) {
  const member = members(entry);
  const [x, y, mlDsa44] = ["x", "y", "ml_dsa_44"].map(member);
  if (!(mlDsa44 instanceof Uint8Array && mlDsa44.length === mlDsa.PUBLIC_BYTES)) throw new FormatError("damaged", "ML-DSA-44 key");
  const p256 = await publicKey(x, y);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", joined(x, y, mlDsa44)));
  return Object.freeze({ publicKey: p256, mlDsa44, kid: digest.slice(0, KID_BYTES), point: hex(joined(x, y)) });
}

/** Say whether the limits hold. No key stands twice, not even beside another one: who holds two would count as two. */
function holds({ deployment, version, threshold, keys, issuedAt, expires }) {
  return (
    DEPLOYMENT.test(deployment) &&
    version >= 1 &&
    version <= VERSION_MOST &&
    threshold >= 1 &&
    threshold <= keys.length &&
    keys.length <= HOLDERS_MOST &&
    new Set(keys.map(({ point }) => point)).size === keys.length &&
    new Set(keys.map(({ mlDsa44 }) => hex(mlDsa44))).size === keys.length &&
    issuedAt < expires
  );
}
