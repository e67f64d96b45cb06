// How a phone comes to belong to an authority: a code from a screen, a key pair that never leaves this browser, a proof that it has it.
import { isEnrolment } from "../officers.js";
import { enrol } from "./api.js";
import { chain, device as devices, fromBase64url, hex, keyFrom, SealError } from "./core.js";
import { Refusal } from "./refusal.js";

const PROTOCOL = 1;
const TEXT = /^KHATM-ENROL:([0-9]{1,4}):([a-z]+:\/\/[^\s]+):([^:\s]*)$/i;
const CODE = /^[0-9A-HJKMNP-TV-Z]{10}$/; // Crockford's base 32
const LIKE = { O: "0", I: "1", L: "1" }; // what people read for another

/** The code in what was scanned or typed, without its hyphen. Throws Refusal `enrol_version`, `enrol_elsewhere` or `enrol_shape`. */
export function codeIn(text, origin) {
  const found = TEXT.exec(text.trim());
  if (isEnrolment(text.trim())) {
    if (!found) throw new Refusal("enrol_shape");
    if (Number(found[1]) !== PROTOCOL) throw new Refusal("enrol_version");
    if (originOf(found[2]) !== origin) throw new Refusal("enrol_elsewhere");
  }
  const bare = (found?.[3] ?? text).toUpperCase().replace(/[\s-]/g, "").replace(/[OIL]/g, (letter) => LIKE[letter]);
  if (!CODE.test(bare)) throw new Refusal("enrol_shape");
  return bare;
}

function originOf(address) {
  try {
    return new URL(address).origin;
  } catch {
    return null;
  }
}

/** A code as people read it out. */
export const grouped = (code) => `${code.slice(0, 5)}-${code.slice(5)}`;

/** A key pair for ECDSA on P-256 whose private half nobody can take out of this browser. */
export const keyPair = () => crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);

/** What signs with a key pair: takes octets, promises 64 octets. */
export const signerOf = (keys) => async (octets) => new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, keys.privateKey, octets));

/**
 * Enrol this phone by `code`. The key pair is stored before it is told of, so that a lost answer can be asked for again with the same one.
 * Resolves to the device, stored. Rejects with Unreachable, Refused, or Refusal `enrol_answer` for what is no device of ours.
 */
export async function enrolled(store, code, { app, now }) {
  const pending = await store.get("device", "pending");
  const keys = pending?.code === code ? pending.keys : await keyPair();
  await store.write([["device", "pending", { code, keys }]], { durability: "strict" });
  const message = await devices.signEnrolment({ code, key: keys.publicKey, app, protocol: PROTOCOL, iat: now }, signerOf(keys));
  const made = await deviceOf(keys, await enrol(message), now);
  const before = await store.get("device", "current");
  const former = before ? [...((await store.get("device", "former")) ?? []), before] : await store.get("device", "former");
  await store.write(
    [["device", made.kid, made], ["device", "current", made.kid], ["device", "former", former], ["device", "session", undefined], ["device", "pending", undefined]],
    { durability: "strict" },
  );
  return made;
}

async function deviceOf(keys, answer, now) {
  const { device, name, authority, token, server_key: serverKey } = answer;
  const kid = hex(await devices.kidOf(keys.publicKey));
  const texts = [device, name, authority, token, serverKey].every((part) => typeof part === "string" && part.length <= 500);
  if (!texts || device !== kid) throw new Refusal("enrol_answer");
  const made = { kid, keys, name, authority, token, serverKey, enrolledAt: now, state: "active", verdict: "agrees", head: { sequence: 0, digest: null } };
  return { ...made, server: await serverHead(made, answer.head) };
}

/** The server's head of a device's chain, {sequence, digest, iat, gaps}, its signature checked with the pinned key. Rejects with Refusal `head_invalid`. */
export async function serverHead({ kid, serverKey }, text) {
  try {
    const { head, iat, gaps } = await chain.openHead(fromBase64url(text), await keyFrom(fromBase64url(serverKey)));
    if (hex(head.device) !== kid) throw new Refusal("head_invalid");
    return { sequence: head.sequence, digest: head.digest ? hex(head.digest) : null, iat, gaps };
  } catch (error) {
    if (error instanceof SealError || error instanceof DOMException || error instanceof TypeError) throw new Refusal("head_invalid", error);
    throw error;
  }
}
