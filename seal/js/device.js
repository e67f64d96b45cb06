/** The key that a device signs with, and its request to be enrolled (docs/format.md §14.1). */

import * as cbor from "./cbor.js";
import * as cose from "./cose.js";
import { encode } from "./encode.js";
import { FormatError } from "./errors.js";
import { FORBIDDEN } from "./license.js";
import { compare } from "./octets.js";
import { publicKey } from "./trust.js";

export const TYP = "application/khatm-enrolment+cose";
export const PROTOCOL = 1;
export const KID_BYTES = 16;
export const APP_MAX = 40;
const CODE = /^[0-9A-HJKMNP-TV-Z]{10}$/; // Crockford's alphabet: no I, L, O, U
const FIELDS = new Set([6, "app", "code", "key", "protocol"]);

/** Return a promise of a public CryptoKey on P-256 as a COSE_Key with what identifies it and nothing else (RFC 9053 §7.1.1), a Map. */
export async function coseKey(key) {
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", key));
  return new Map([
    [1, 2],
    [-1, 1],
    [-2, raw.slice(1, 33)],
    [-3, raw.slice(33)],
  ]);
}

/** Return a promise of the COSE Key Thumbprint (RFC 9679), SHA-256, 32 octets. */
export async function thumbprint(key) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encode(await coseKey(key))));
}

/** Return a promise of the name of a device: the first 16 octets of its key's thumbprint. */
export async function kidOf(key) {
  return (await thumbprint(key)).slice(0, KID_BYTES);
}

/** Return a promise of the key of a COSE_Key as `coseKey` makes it. Throws FormatError `damaged`. */
export async function fromCoseKey(value) {
  if (!(value instanceof Map) || value.size !== 4 || value.get(1) !== 2 || value.get(-1) !== 1) throw new FormatError("damaged", "COSE_Key");
  return publicKey(value.get(-2), value.get(-3));
}

/**
 * Return a promise of the request {code, key, app, protocol, iat}, signed by the key that it asks for: a proof that the device has it.
 * `signer` is async (octets) => r || s. Throws FormatError `limit_broken`.
 */
export async function signEnrolment({ code, key, app, protocol = PROTOCOL, iat }, signer) {
  check({ code, app, protocol, iat });
  const payload = new Map([
    [6, iat],
    ["app", app],
    ["code", code],
    ["key", await coseKey(key)],
    ["protocol", protocol],
  ]);
  return (await cose.sign(cose.protectedHeader(await kidOf(key), TYP, cose.ESP256), encode(payload), signer)).toBytes();
}

/** Return a promise of a request {code, key, app, protocol, iat} whose signature its own key made. Throws FormatError, also `protocol_unknown`, or SignatureError. */
export async function openEnrolment(data) {
  const wanted = await parse(cbor.parse(cose.fromBytes(data).payload));
  const kid = await kidOf(wanted.key);
  const own = (named) => {
    if (compare(named, kid) !== 0) throw new FormatError("damaged", "kid");
    return wanted.key;
  };
  await cose.openTyped(data, TYP, own, cose.ESP256);
  return wanted;
}

async function parse(payload) {
  if (payload instanceof Map && cbor.isInteger(payload.get("protocol")) && payload.get("protocol") !== PROTOCOL) {
    throw new FormatError("protocol_unknown", String(payload.get("protocol")).slice(0, 20));
  }
  if (!(payload instanceof Map) || payload.size !== FIELDS.size || [...payload.keys()].some((key) => !FIELDS.has(key))) {
    throw new FormatError("damaged", "enrolment");
  }
  const [code, app, iat, protocol] = ["code", "app", 6, "protocol"].map((key) => payload.get(key));
  if (typeof code !== "string" || typeof app !== "string" || !cbor.isInteger(iat) || !cbor.isInteger(protocol)) {
    throw new FormatError("damaged", "enrolment");
  }
  const wanted = { code, key: await fromCoseKey(payload.get("key")), app, protocol, iat };
  check(wanted);
  return wanted;
}

function check({ code, app, protocol, iat }) {
  const named = app.length > 0 && [...app].length <= APP_MAX && !FORBIDDEN.test(app);
  const dated = Number.isSafeInteger(iat) && iat >= 0;
  if (!CODE.test(code) || !named || protocol !== PROTOCOL || !dated) throw new FormatError("limit_broken", "enrolment");
}
