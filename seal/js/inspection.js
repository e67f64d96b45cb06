/**
 * An inspection as a device signs it: what was seen, where, when and by whom (docs/format.md §14.2).
 *
 * Signed means frozen: an inspection is never changed, and each names the one before it by its hash (chain.js).
 *
 * An inspection here is a plain object:
 *   id (16 octets) · sequence (from 1) · previous (32 octets, null for the first) · officer · scannedAt, signedAt (seconds UTC, the device's clock) · app
 *   kind "license"|"unlicensed" · result "in_order"|"violation"|"cannot_tell" · code (the QR code's text) or null
 *   verdict {decision, seal, place, reason, distanceDm?, uncertaintyDm?} or null · lists {trust?, status?, log?}
 *   location {latitude, longitude, accuracy (m, 68 %), timestamp, age, altitude?, altitudeAccuracy?, speed?} or null, and then noFix (a code)
 *   seenType · seenName · checklist [id, version] or null · findings [{item, answer, severity?, note?}] · measured {name: cm} · note
 *   photographs [{digest (32 octets), size}]
 */

import * as cbor from "./cbor.js";
import * as cose from "./cose.js";
import { encode } from "./encode.js";
import { FormatError } from "./errors.js";
import { code, exactly, line, lines, listOf, number, octets, oneOf, real, shape, table, text } from "./inspection_fields.js";
import { compare, hex } from "./octets.js";

export const TYP = "application/khatm-inspection+cwt";
export const LENGTH_MAX = 65_536; // octets of the whole message
export const ID_BYTES = 16;
export const DIGEST_BYTES = 32;
export const PHOTOGRAPH_MAX = 2 << 20; // octets
export const [PHOTOGRAPHS_MAX, FINDINGS_MAX, MEASURES_MAX] = [12, 100, 20];
export const SEQUENCE_MAX = 2 ** 32 - 1;
export const SIZE_MAX = 100_000; // centimetres: a kilometre

const LOCATION_KEYS = { latitude: 1, longitude: 2, altitude: 3, accuracy: 4, altitudeAccuracy: 5, speed: 7, timestamp: 8, age: 9 };
const WHOLE = new Set(["timestamp", "age"]);

/** Return the payload. Throws FormatError `limit_broken`, also for what contradicts itself, `damaged` for what has another type. */
export function toBytes(held) {
  const { location, verdict, lists, findings, photographs } = held;
  const payload = present([
    [6, held.signedAt],
    [7, held.id],
    [264, location && new Map(Object.entries(LOCATION_KEYS).flatMap(([name, key]) => located(location, name, key)))],
    ["app", held.app],
    ["checklist", held.checklist],
    ["code", held.code],
    ["findings", findings.map(({ item, answer, severity, note }) => present([["item", item], ["answer", answer], ["severity", severity], ["note", note || null]]))],
    ["kind", held.kind],
    ["lists", present([["trust", lists.trust], ["status", lists.status], ["log", lists.log]])],
    ["measured", new Map(Object.entries(held.measured))],
    ["no_fix", held.noFix],
    ["note", held.note],
    ["officer", held.officer],
    ["photos", photographs.map(({ digest, size }) => [digest, size])],
    ["prev", held.previous],
    ["result", held.result],
    ["scanned", held.scannedAt],
    ["seen", new Map([["name", held.seenName], ["type", held.seenType]])],
    ["seq", held.sequence],
    ["verdict", verdict && present([
      ["decision", verdict.decision], ["seal", verdict.seal], ["place", verdict.place], ["reason", verdict.reason],
      ["distance_dm", verdict.distanceDm], ["uncertainty_dm", verdict.uncertaintyDm],
    ])],
  ]);
  parse(payload);
  return encode(payload);
}

const present = (entries) => new Map(entries.filter(([, value]) => value !== null && value !== undefined));

function located(location, name, key) {
  const value = location[name];
  if (value === null || value === undefined) return [];
  return [[key, WHOLE.has(name) ? value : new cbor.Float(value)]];
}

/** Return a promise of the signed inspection, a tagged COSE_Sign1. Throws FormatError `limit_broken`, `too_long`. */
export async function sign(held, kid, signer) {
  const data = (await cose.sign(cose.protectedHeader(kid, TYP, cose.ESP256), toBytes(held), signer)).toBytes();
  if (data.length > LENGTH_MAX) throw new FormatError("too_long", `${data.length} octets`);
  return data;
}

/**
 * Verify a signed inspection and return a promise of what it says.
 *
 * `keyFor(kid)` returns the CryptoKey of the device of that name (or a promise of it), or throws. Throws FormatError or SignatureError.
 */
export async function openInspection(data, keyFor) {
  if (data.length > LENGTH_MAX) throw new FormatError("too_long", `${data.length} octets`);
  if (data[0] !== cose.TAG) throw new FormatError("damaged", "COSE_Sign1"); // with the tag or without it there would be two forms of one message
  return parse(await cose.openTyped(data, TYP, keyFor, cose.ESP256));
}

/** Return what a payload says. Throws FormatError. */
export function fromBytes(payload) {
  return parse(cbor.parse(payload));
}

/** Return a promise of what the next inspection calls this message: SHA-256 of all its octets. */
export async function digest(data) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

/** Return a promise of whether a file (octets) is one of the photographs that were signed. */
export async function isPhotograph(held, file) {
  const found = await digest(file);
  return held.photographs.some((photograph) => photograph.size === file.length && compare(photograph.digest, found) === 0);
}

const TIME = number(0, Number.MAX_SAFE_INTEGER);
const DECIMETRES = number(0, 1e9);
const LOCATION = shape(
  [[1, real(-90, 90)], [2, real(-180, 180)], [4, real(0, 1e7)], [8, TIME], [9, number(0, 2 ** 31)]],
  [[3, real(-1e5, 1e6)], [5, real(0, 1e7)], [7, real(0, 1e5)]],
);
const TOLD = shape(
  [
    ["decision", oneOf("valid", "invalid", "undecided")],
    ["seal", oneOf("genuine", "not_valid", "not_license", "cannot_tell")],
    ["place", oneOf("here", "elsewhere", "cannot_tell", "not_checked")],
    ["reason", code],
  ],
  [["distance_dm", DECIMETRES], ["uncertainty_dm", DECIMETRES]],
);
const LISTS = shape([], [["trust", TIME], ["status", TIME], ["log", TIME]]);
const FINDING = shape(
  [["item", code], ["answer", oneOf("ok", "bad", "not_applicable")]],
  [["severity", oneOf("minor", "serious", "critical")], ["note", line(500)]],
);
const INSPECTION = shape(
  [
    [6, TIME],
    [7, octets(ID_BYTES)],
    ["app", line(40)],
    ["findings", listOf(FINDING, FINDINGS_MAX)],
    ["kind", oneOf("license", "unlicensed")],
    ["lists", LISTS],
    ["measured", table(code, number(0, SIZE_MAX), MEASURES_MAX)],
    ["note", lines(2000)],
    ["officer", line(32)],
    ["photos", listOf(exactly(octets(DIGEST_BYTES), number(1, PHOTOGRAPH_MAX)), PHOTOGRAPHS_MAX)],
    ["result", oneOf("in_order", "violation", "cannot_tell")],
    ["scanned", TIME],
    ["seen", shape([["name", text(80)], ["type", text(24)]])],
    ["seq", number(1, SEQUENCE_MAX)],
  ],
  [
    [264, LOCATION],
    ["checklist", exactly(code, number(1, SEQUENCE_MAX))],
    ["code", line(1401)],
    ["no_fix", code],
    ["prev", octets(DIGEST_BYTES)],
    ["verdict", TOLD],
  ],
);

function parse(payload) {
  INSPECTION(payload);
  const held = Object.freeze({
    id: payload.get(7),
    sequence: payload.get("seq"),
    previous: payload.get("prev") ?? null,
    officer: payload.get("officer"),
    scannedAt: payload.get("scanned"),
    signedAt: payload.get(6),
    app: payload.get("app"),
    kind: payload.get("kind"),
    result: payload.get("result"),
    code: payload.get("code") ?? null,
    verdict: told(payload.get("verdict")),
    lists: named(payload.get("lists"), ["trust", "status", "log"]),
    location: placed(payload.get(264)),
    noFix: payload.get("no_fix") ?? null,
    seenType: payload.get("seen").get("type"),
    seenName: payload.get("seen").get("name"),
    checklist: payload.get("checklist") ?? null,
    findings: payload.get("findings").map((finding) => ({ ...named(finding, ["item", "answer", "severity"]), note: finding.get("note") ?? "" })),
    measured: Object.fromEntries(payload.get("measured")),
    note: payload.get("note"),
    photographs: payload.get("photos").map(([found, size]) => ({ digest: found, size })),
  });
  if (contradicts(held)) throw new FormatError("limit_broken", "inspection");
  return held;
}

const named = (map, names) => Object.fromEntries(names.map((name) => [name, map.get(name) ?? null]));

function told(map) {
  if (!map) return null;
  const { distance_dm: distanceDm, uncertainty_dm: uncertaintyDm, ...rest } = named(map, ["decision", "seal", "place", "reason", "distance_dm", "uncertainty_dm"]);
  return { ...rest, distanceDm, uncertaintyDm };
}

function placed(map) {
  if (!map) return null;
  const value = (name, key) => (WHOLE.has(name) ? map.get(key) : (map.get(key)?.value ?? null));
  return Object.fromEntries(Object.entries(LOCATION_KEYS).map(([name, key]) => [name, value(name, key)]));
}

function contradicts(held) {
  const { findings, photographs } = held;
  return (
    (held.sequence === 1) !== (held.previous === null) ||
    (held.location === null) === (held.noFix === null) ||
    (held.kind === "license") !== (held.code !== null) ||
    (held.verdict !== null && held.code === null) ||
    (held.kind === "unlicensed" && (held.result === "in_order" || !held.seenType)) ||
    findings.some(({ answer, severity }) => (answer === "bad") !== (severity !== null)) ||
    new Set(findings.map(({ item }) => item)).size !== findings.length ||
    new Set(photographs.map(({ digest: found, size }) => `${hex(found)} ${size}`)).size !== photographs.length ||
    held.signedAt < held.scannedAt
  );
}
