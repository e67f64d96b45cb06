/** The trust list: which key may seal what, where and when, signed by the offline root (docs/format.md §6). This side only reads. */

import { Area } from "./area.js";
import * as cbor from "./cbor.js";
import * as cose from "./cose.js";
import { FormatError, ListError, SignatureError } from "./errors.js";
import { FORBIDDEN, PREFIX } from "./license.js";
import { compare, fromHex, hex } from "./octets.js";
import { array, members, P256, publicKey, text, uint } from "./payloads.js";

export { publicKey };

export const TYP = "application/khatm-trust-list+cose";
export const STATES = Object.freeze(["active", "retired", "compromised"]);
export const ROLES = Object.freeze(["license", "status", "receipt"]); // every reader knows these; each later one travels as one of more_roles
export const FRESH_SECONDS = 24 * 3600;
const MICRO = 1_000_000; // areas travel as whole millionths of a degree

/**
 * What a trust list without the member means: those before it had one were all of Alexandria (docs/format.md §6). A governorate is
 * {prefix, name}: what stands before the numbers of its licenses, and its name {ar, en}.
 */
export const UNNAMED = Object.freeze({
  prefix: "ALX",
  name: Object.freeze({ ar: "محافظة الإسكندرية", en: "Alexandria Governorate" }),
});
export const NAME_MAX = 80; // code points of a governorate's name
export const LOG_KEYS_MAX = 16;
export const WITNESSES_MAX = 64;
const APPROVERS_MAX = 9;
const VOIDED_MAX = 64; // ranges of a key
const ORIGIN = /^[a-z0-9.:-]{1,60}(\/[a-z0-9_-]{1,30}){1,3}$/;
/** The shape of a key as C2SP signed-note writes it in a line: name+id+base64. What kind of key it is, transparency/js reads. */
const VKEY = /^[^\0- +]{1,255}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{1,1800}$/u;

/**
 * One key of an authority and what it may do: {kid, publicKey, roles, authority, name, types, area, notBefore, notAfter, state, stolenAt,
 * voided}.
 * Times are seconds since 1970 UTC; `types` is a Map of longest validities in days, null is open-ended; `area` may be null. `publicKey` is a
 * CryptoKey, `kid` a Uint8Array, `name` {ar, en}; `stolenAt`, of a compromised key, is how many seals the log had when the key was stopped,
 * null where nobody says; `voided` are closed ranges [first, last] of the numbers of status lists that it signed and that count for nothing,
 * a list without a number having 0.
 */
export class Key {
  constructor(held) {
    Object.assign(this, held);
    Object.freeze(this);
  }

  /** Say whether a status list that this key signed under a number is void. */
  voids(number) {
    return this.voided.some(([first, last]) => first <= number && number <= last);
  }
}

/**
 * A verified trust list: {sequence, issuedAt, nextUpdate, hosts, types, activities, keys, governorate, violations, log, acts, listsProven,
 * approvers}: a Set of hosts, Maps of names {ar, en} by code, a Map of keys by kid in hex, whose licenses these are (see UNNAMED), what notices
 * name by a code (§16), and by what the log of seals is known: {origin, keys, witnesses, threshold}, keys as texts whose shape was looked at,
 * null where no log is published; `acts` is the same of the log of acts. `listsProven`: a status list counts only with a proof that it stands
 * in the log of acts (docs/format.md §7). `approvers` people sign a decision with their passkeys, 0 where whoever is signed in decides.
 */
export class TrustList {
  constructor(held) {
    Object.assign(this, held);
    Object.freeze(this);
  }

  /** Return the key with this kid, undefined where there is none. */
  key(kid) {
    return this.keys.get(hex(kid));
  }
}

/** A pinned root that is one key: {kid, publicKey, floorSequence}, floorSequence being the lowest sequence a verifier takes. */
export class Root {
  prefix = null; // it does not say whose licenses it is for
  expires = null; // and has no end

  constructor(kid, publicKey, floorSequence = 1) {
    Object.assign(this, { kid, publicKey, floorSequence });
    Object.freeze(this);
  }

  /** Return a promise of the payload, decoded, of what the key signed. Throws FormatError, SignatureError. */
  open(data, typ) {
    return cose.openTyped(data, typ, (kid) => {
      if (compare(kid, this.kid) !== 0) throw new SignatureError("signature_invalid", "kid");
      return this.publicKey;
    });
  }

  /** Return what was signed in an object that `open` took, as octets. */
  payload(data) {
    return cose.fromBytes(data).payload;
  }

  /** Return a promise of the root in a JWK (RFC 7517) with the member `floor_sequence`. Throws ListError `root_invalid`. */
  static async fromJwk(jwk) {
    const { kty, crv, kid, x, y, floor_sequence: floor } = jwk ?? {};
    const written = kty === "EC" && crv === "P-256" && Number.isSafeInteger(floor) && /^(?:[0-9a-fA-F]{2})+$/.test(kid);
    if (!written || typeof x !== "string" || typeof y !== "string") {
      throw new ListError("root_invalid", "not a P-256 key with a floor_sequence");
    }
    try {
      return new Root(fromHex(kid), await crypto.subtle.importKey("jwk", { kty, crv, x, y }, P256, true, ["verify"]), floor);
    } catch (error) {
      if (error instanceof DOMException) throw new ListError("root_invalid", error.name);
      throw error;
    }
  }
}

/**
 * Return a promise of the trust list in `data`, signed by `root` (a Root or a RootDocument) and not older than one already seen. It counts no
 * longer than the root does.
 *
 * Throws ListError: `trust_list_corrupt`, `trust_list_wrong_root`, `trust_list_older`.
 */
export async function verify(data, { root, seenSequence = 0 }) {
  const trust = await read(data, root);
  if (![null, trust.governorate.prefix].includes(root.prefix)) throw new ListError("trust_list_wrong_root", `of ${trust.governorate.prefix}`);
  if (trust.sequence < Math.max(root.floorSequence, seenSequence)) throw new ListError("trust_list_older", `sequence ${trust.sequence}`);
  return root.expires === null ? trust : new TrustList({ ...trust, nextUpdate: Math.min(trust.nextUpdate, root.expires) });
}

async function read(data, root) {
  try {
    return await parse(await root.open(data, TYP));
  } catch (error) {
    if (error instanceof SignatureError) throw new ListError("trust_list_wrong_root", "the signature does not hold");
    if (error instanceof FormatError) throw new ListError("trust_list_corrupt", error.message);
    throw error;
  }
}

async function parse(payload) {
  const member = members(payload);
  const keys = await Promise.all(array(member("keys")).map(parseKey));
  const byKid = new Map(keys.map((key) => [hex(key.kid), key]));
  if (byKid.size !== keys.length) throw new FormatError("damaged", "a kid twice");
  const acts = payload.has("acts") ? logTerms(payload.get("acts")) : null;
  const listsProven = payload.has("lists_proven") ? payload.get("lists_proven") : false;
  if (typeof listsProven !== "boolean" || (listsProven && acts === null)) throw new FormatError("damaged", "lists_proven");
  return new TrustList({
    sequence: uint(member("sequence")),
    issuedAt: uint(member("issued_at")),
    nextUpdate: uint(member("next_update")),
    hosts: new Set(array(member("hosts")).map(text)),
    types: mapped(member("types"), name),
    activities: mapped(member("activities"), name),
    keys: byKid,
    governorate: payload.has("governorate") ? governorate(payload.get("governorate")) : UNNAMED,
    violations: payload.has("violations") ? mapped(payload.get("violations"), name) : new Map(),
    log: payload.has("log") ? logTerms(payload.get("log")) : null,
    acts,
    listsProven,
    approvers: payload.has("approvals") ? approvals(payload.get("approvals")) : 0,
  });
}

/** Return how many people sign a decision, 0 under the mode "session". A mode that nobody here knows is refused, not taken for less. */
function approvals(value) {
  const member = members(value);
  if (member("mode") === "session") return 0;
  const people = uint(member("people"));
  if (member("mode") !== "passkey" || people < 1 || people > APPROVERS_MAX) throw new FormatError("damaged", "approvals");
  return people;
}

function logTerms(value) {
  const member = members(value);
  const [keys, witnesses] = ["keys", "witnesses"].map((each) => Object.freeze(array(member(each)).map(text)));
  const log = Object.freeze({ origin: text(member("origin")), keys, witnesses, threshold: uint(member("threshold")) });
  if (!logHolds(log)) throw new FormatError("damaged", "log");
  return log;
}

/** Say whether the shape and the limits of a log's terms hold. */
export function logHolds({ origin, keys, witnesses, threshold }) {
  return (
    ORIGIN.test(origin) &&
    keys.length >= 1 &&
    keys.length <= LOG_KEYS_MAX &&
    witnesses.length <= WITNESSES_MAX &&
    threshold >= 0 &&
    threshold <= witnesses.length &&
    [...keys, ...witnesses].every((key) => VKEY.test(key))
  );
}

function governorate(value) {
  const member = members(value);
  const read = Object.freeze({ prefix: text(member("prefix")), name: name(member("name")) });
  const fault = governorateFault(read);
  if (fault) throw new FormatError("damaged", fault);
  return read;
}

/** Return what is wrong with a governorate, `prefix_invalid` or `governorate_name_invalid`; "" if its limits hold. */
export function governorateFault({ prefix, name }) {
  if (!PREFIX.test(prefix)) return "prefix_invalid";
  const fine = Object.values(name).every((one) => {
    const length = Array.from(one).length;
    return length > 0 && length <= NAME_MAX && !FORBIDDEN.test(one) && one.trim() === one;
  });
  return fine ? "" : "governorate_name_invalid";
}

async function parseKey(entry) {
  const member = members(entry);
  const [kid, state, roles] = [member("kid"), member("state"), array(member("roles"))];
  const more = array(entry.has("more_roles") ? entry.get("more_roles") : []).map(text);
  const known = STATES.includes(state) && roles.every((role) => ROLES.includes(role)) && !more.some((role) => ROLES.includes(role));
  if (!(kid instanceof Uint8Array && kid.length >= 1 && kid.length <= 2 && known)) throw new FormatError("damaged", "key");
  return new Key({
    kid,
    publicKey: await publicKey(member("x"), member("y")),
    roles: Object.freeze([...roles, ...more]),
    authority: text(member("authority")),
    name: name(member("name")),
    types: mapped(member("types"), (days) => (days === null ? null : uint(days))),
    area: area(array(member("area"))),
    notBefore: uint(member("not_before")),
    notAfter: uint(member("not_after")),
    state,
    stolenAt: entry.has("stolen_at") ? uint(entry.get("stolen_at")) : null,
    voided: entry.has("voided") ? voided(entry.get("voided")) : [],
  });
}

function voided(value) {
  const ranges = array(value).map((each) => Object.freeze(array(each).map(uint)));
  const held = ranges.length <= VOIDED_MAX && ranges.every((each) => each.length === 2 && each[0] <= each[1]);
  if (!held) throw new FormatError("damaged", "voided");
  return Object.freeze(ranges);
}

function area(ring) {
  if (ring.length === 0) return null;
  if (ring.length < 3) throw new FormatError("damaged", "area");
  return new Area(ring.map(corner));
}

function corner(value) {
  if (array(value).length !== 2) throw new FormatError("damaged", "area");
  const [latitude, longitude] = value;
  return Object.freeze({ latitude: micro(latitude, 90), longitude: micro(longitude, 180) });
}

function micro(value, limit) {
  if (!cbor.isInteger(value) || value < -limit * MICRO || value > limit * MICRO) throw new FormatError("damaged", "area");
  return value / MICRO;
}

/** Return a map from texts, its values read by `read`. */
function mapped(value, read) {
  if (!(value instanceof Map)) throw new FormatError("damaged", "map expected");
  return new Map(Array.from(value, ([code, inner]) => [text(code), read(inner)]));
}

function name(value) {
  const member = members(value);
  return Object.freeze({ ar: text(member("ar")), en: text(member("en")) });
}

/** Return the keys (a Map by kid in hex) that may be used in `role` today: not compromised. */
export function ofRole(keys, role) {
  return new Map([...keys].filter(([, key]) => key.roles.includes(role) && key.state !== "compromised"));
}

/** Return seconds since 1970 UTC as `YYYYMMDDTHHMMSSZ`. */
export function moment(seconds) {
  return new Date(seconds * 1000).toISOString().replace(/[-:]|\.000/g, "");
}
