/** The one function that gives a verdict. The numbers in its comments are those of docs/format.md §9 and of seal/verify.py. */

import * as cbor from "./cbor.js";
import * as claims from "./claims.js";
import * as cose from "./cose.js";
import { CLOCK_TOLERANCE } from "./dating.js";
import * as days from "./days.js";
import { FormatError, SignatureError, UnknownVersionError } from "./errors.js";
import * as leaves from "./leaves.js";
import { prefixOf } from "./license.js";
import { compare, hex } from "./octets.js";
import { bearingDegrees, distanceM, reachDm, uncertaintyM } from "./site.js";
import * as slips from "./slips.js";
import * as statuses from "./status.js";
import { FRESH_SECONDS } from "./trust.js";
import { CHECKS, Finding, Verdict } from "./verdict.js";
import * as wire from "./wire.js";

export const FIX_AGE_MAX = 30; // seconds
export const FIX_ACCURACY_MAX_M = 100;
export const FIX_COARSE_MAX_M = 10_000; // a coarser one is a guess from a network address, which may be a province away
export const FIX_COARSE_FACTOR = 3; // so many times its uncertainty away, a coarse fix is elsewhere
export const DAY = 86_400;
export const LOG_BEHIND_MAX = 3600; // seconds that a log may be behind the status lists
export const LOG_AGE_MAX = DAY; // of a head, where it says nothing of a seal

/** What a slip is to a reader of seals, by its letter. */
const SLIPS = { R: "receipt_not_license", N: "notice_not_license" };
/** What is wrong with no license, for there is none: anything else, a cut-off code, a number, a slip. None of it takes ill will. */
const NO_LICENSE = ["not_a_seal", "number_alone", "number_elsewhere", "damaged", "unused_input", "too_long", ...Object.values(SLIPS)];
const NOT_REACHED = CHECKS.map((check) => new Finding(check, "skipped", "not_reached"));
const NOT_ASKED = new Finding("site", "skipped", "site_not_asked");
const NO_FIX = new Finding("site", "skipped", "no_fix");
const [FORMAT_OK, ISSUER_OK, SIGNATURE_OK, SCOPE_OK, DATES_OK, STATUS_OK] = CHECKS.slice(0, -2).map(
  (check) => new Finding(check, "passed", `${check}_ok`),
);
const WITHHELD = Object.fromEntries([new Finding("status", "unknown", "status_list_voided"), new Finding("status", "unknown", "status_list_forked")].map((found) => [found.code, found]));
const LOG_NOT_AT_HAND = new Finding("log", "skipped", "log_not_at_hand");

/**
 * Judge the text of a QR code at `now` (a Date), where `fix` was measured (see site.js); return a promise of the Verdict.
 *
 * `trust` is a verified TrustList and `status` StatusLists; `hosts` (lower-case) are the hosts whose codes are ours, a Set or an array.
 * `checkSite: false` says that the caller wants the seal only; `log` is what is at hand of the log of seals (see logs.js). Never throws for any
 * text; throws RangeError for a `now` that holds no time.
 */
export async function verify(text, { trust, status, hosts, now, fix = null, checkSite = true, log = null }) {
  const seconds = days.secondsOf(now);
  const { prefix } = trust.governorate;
  const circumstances = { askedSite: checkSite, now: seconds, trustSequence: trust.sequence, statusIat: status.newest, prefix };

  // 1. Format: ours, whole, and exactly as the format says.
  let unpacked, kid, held;
  try {
    unpacked = token(text, new Set(hosts), prefix);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return new Verdict(unreached(noToken(error, text, prefix)), circumstances);
  }
  const { message, version } = unpacked;
  try {
    kid = kidOf(message.protected, wire.ALGORITHMS[version]); // 1.6
    held = unpacked.claims ? claims.checked(unpacked.claims, version) : claims.fromBytes(message.payload, version); // 1.7
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const code = error.code === "damaged" ? "malformed" : error.code; // no accident takes a code apart to the end
    return new Verdict(unreached(new Finding("format", "failed", code)), circumstances);
  }

  // 2. Issuer: a key we know, that could seal at that time.
  const key = trust.key(kid);
  let issuer = issuerFinding(held, key, trust, status, seconds, null);
  if (!key) return new Verdict(unreached(FORMAT_OK, issuer), circumstances);

  // 3. Signature.
  try {
    if (version !== "1" && cose.isHigh(message.signature)) throw new SignatureError("signature_invalid"); // one token, one signature
    await cose.verify(message, key.publicKey);
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    return new Verdict(unreached(FORMAT_OK, issuer, new Finding("signature", "failed", error.code)), circumstances);
  }

  const logged = await logFinding(held, message, trust, status, log, seconds);
  if (key.stolenAt !== null) issuer = issuerFinding(held, key, trust, status, seconds, logged.outcome); // 2.4 goes by the log
  const findings = [
    FORMAT_OK,
    issuer,
    SIGNATURE_OK,
    scopeFinding(held, key), // 4.
    datesFinding(held, trust, status, seconds), // 5.
    statusFinding(held, status, seconds), // 6.
    logged, // 7.
    siteFinding(held, fix, now, checkSite), // 8.
  ];
  return new Verdict(findings, circumstances, held, key);
}

function unreached(...findings) {
  return [...findings, ...NOT_REACHED.slice(findings.length)];
}

function noToken(error, text, prefix) {
  if (error.code === "number_elsewhere") {
    return new Finding("format", "not_license", error.code, { prefix: prefixOf(text), ours: prefix });
  }
  const outcome = NO_LICENSE.includes(error.code) ? "not_license" : "failed";
  return new Finding("format", error instanceof UnknownVersionError ? "unknown" : outcome, error.code);
}

function token(text, hosts, prefix) {
  let parts;
  try {
    parts = wire.parse(text); // 1.1
  } catch (error) {
    const code = error instanceof FormatError ? other(text, prefix) : null;
    throw code === null ? error : new FormatError(code);
  }
  // 1.2 Another host: our digits, or not ours at all.
  if (!hosts.has(parts.host)) {
    let foreign = "foreign_host"; // our digits, but their stock camera would open somebody else's page
    try {
      wire.unpack(parts);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      foreign = "not_a_seal";
    }
    throw new FormatError(foreign);
  }
  return wire.unpack(parts); // 1.3 digits, 1.4 the number apart, 1.5 fold or layout
}

/** Return the code of what a text is that has not the shape of a seal, null for what is nothing of ours. */
function other(text, prefix) {
  const letter = slips.letterOf(text);
  if (letter) return SLIPS[letter];
  const found = prefixOf(text);
  if (found) return found === prefix ? "number_alone" : "number_elsewhere";
  return text.length >= wire.DIGITS_MIN && /^[0-9]+$/.test(text) ? "damaged" : null;
}

/** Return the kid of a protected header that is exactly {1: alg, 4: kid}. Throws FormatError. */
function kidOf(header, alg) {
  const held = cbor.parse(header);
  const kid = held instanceof Map ? held.get(cose.KID) : null;
  const usual = kid instanceof Uint8Array && kid.length >= 1 && kid.length <= 2;
  if (usual && compare(header, cose.protectedHeader(kid, null, alg)) === 0) return kid;
  if (held instanceof Map && held.has(cose.TYP)) throw new FormatError("wrong_type");
  throw new FormatError("damaged", "protected header");
}

function issuerFinding(held, key, trust, status, now, logged) {
  // 2.1 How old is the trust list? A fresher status list that names it vouches for it.
  const [sequence, confirmed] = status.confirmed;
  const age = now - Math.max(trust.issuedAt, sequence === trust.sequence ? confirmed : 0);
  // 2.2 Unknown kid: wrong only if the list is fresh, for a new key may be missing from an old one.
  if (!key) {
    if (age <= FRESH_SECONDS) return new Finding("issuer", "failed", "kid_unknown");
    return new Finding("issuer", "unknown", "kid_not_in_old_list");
  }
  // 2.3 The key must be one for licenses, and in force when the seal says it was made.
  if (!key.roles.includes("license")) return new Finding("issuer", "failed", "key_not_for_licenses");
  if (!(key.notBefore <= held.iat && held.iat < key.notAfter)) return new Finding("issuer", "failed", "key_not_valid_then");
  // 2.4 A signature proves no date, so a compromised key keeps only what the log had when it was stopped: nothing where nobody says when.
  if (key.state === "compromised") {
    if (positionOf(held) >= (key.stolenAt ?? 0) || logged === "failed") return new Finding("issuer", "failed", "key_compromised");
    if (logged !== "passed") return new Finding("issuer", "unknown", "log_needed");
  }
  // 2.5 A list past its time may miss a compromise.
  if (now >= trust.nextUpdate) return new Finding("issuer", "unknown", "trust_list_stale");
  return ISSUER_OK;
}

function scopeFinding(held, key) {
  // 4.1 In its own name.
  if (held.iss !== key.authority) return new Finding("scope", "failed", "authority_not_permitted");
  // 4.2 A type it may give.
  const longest = key.types.has(held.type) ? key.types.get(held.type) : 0;
  if (longest === 0) return new Finding("scope", "failed", "type_not_permitted");
  // 4.3 No longer than it may. Validity counts Cairo days; a day with summer time may have 23 or 25 hours, so an hour is let pass.
  if (longest !== null && (held.exp === null || held.exp - held.nbf > longest * DAY + 3600)) {
    return new Finding("scope", "failed", "validity_too_long", { days: longest });
  }
  // 4.4 In its area.
  if (key.area === null || !key.area.holds(held.site.point)) return new Finding("scope", "failed", "site_outside_area");
  return SCOPE_OK;
}

function datesFinding(held, trust, status, now) {
  // 5.1 Over: sure even on a clock that is behind.
  if (held.exp !== null && now >= held.exp) return new Finding("dates", "failed", "expired", { day: days.lastDayOf(held.exp) });
  // 5.2 A clock behind the lists, or behind what two signers say, says nothing about beginnings.
  const late = Math.max(trust.issuedAt, status.newest, status.attested);
  if (now < late - CLOCK_TOLERANCE) return new Finding("dates", "unknown", "clock_disagrees");
  if (held.nbf <= now && held.iat <= now + CLOCK_TOLERANCE) return DATES_OK;
  // 5.3 Not begun by this clock; but a list that is not there yet, by one signer's word, may be there after all.
  if (now < status.dated - CLOCK_TOLERANCE) return new Finding("dates", "unknown", "clock_disagrees");
  // 5.4 Not begun.
  if (now < held.nbf) return new Finding("dates", "failed", "not_yet_valid", { day: days.dayOf(held.nbf) });
  // 5.5 Made in the future.
  return new Finding("dates", "failed", "issued_in_future");
}

function statusFinding(held, lists, now) {
  // 6.1 The list of that name, among those at hand.
  const entry = lists.lists.get(held.uri);
  if (!entry && lists.ahead.has(held.uri)) return new Finding("status", "unknown", "status_list_ahead");
  if (!entry) return WITHHELD[lists.withheld.get(held.uri)] ?? new Finding("status", "unknown", "status_list_missing");
  // 6.2 The entry, if there is one and we know what it means.
  const value = entry.at(held.idx);
  if (value === null) return new Finding("status", "unknown", "status_index_outside");
  if (value > statuses.SUPERSEDED) return new Finding("status", "unknown", "status_reserved");
  // 6.3 An index nobody was given yet reads as invalid: a seal not older than the list is not revoked, our list is late. No tolerance is
  // needed here: the register never publishes a list whose iat a seal in it has, nor seals later with an earlier one.
  if (value === statuses.INVALID && held.iat >= entry.iat) return new Finding("status", "unknown", "status_not_yet_listed");
  // 6.4 Revoked and superseded are final, so even an old list may say so.
  if (value === statuses.INVALID) return new Finding("status", "failed", "revoked");
  if (value === statuses.SUPERSEDED) return new Finding("status", "failed", "superseded");
  // 6.5 Everything else needs a list that is not stale.
  if (now >= entry.exp || now - entry.iat > statuses.STALE_SECONDS) return new Finding("status", "unknown", "status_list_stale");
  // 6.6
  if (value === statuses.SUSPENDED) return new Finding("status", "failed", "suspended");
  return STATUS_OK;
}

function positionOf(held) {
  return leaves.positionOf(Number(held.uri.slice(held.uri.lastIndexOf("/") + 1)), held.idx);
}

async function logFinding(held, message, trust, lists, log, now) {
  // 7.1 No log, none at hand, or two.
  if (trust.log === null || log === null) return LOG_NOT_AT_HAND;
  if (log.forked) return new Finding("log", "unknown", "log_forked"); // two logs under one name: neither says anything, for a seal or against it
  const position = positionOf(held);
  // 7.2 What stands there, by a head of whatever age: inclusion is for ever.
  if (position < log.size) {
    const holds = await log.holds(position, await leaves.leafOf(await leaves.entryOf(message)), held.iss);
    if (holds === null) return LOG_NOT_AT_HAND;
    if (holds) return new Finding("log", "passed", "logged");
    return new Finding("log", "failed", "not_in_log");
  }
  // 7.3 A head from the future: one of the clocks is wrong, and its time says nothing. Else older than the head, and not in it: the log never
  // signs at a time that a seal without a place in it has, or a later one.
  if (log.time > now + CLOCK_TOLERANCE) return new Finding("log", "skipped", "log_stale");
  if (held.iat < log.time) return new Finding("log", "failed", "not_in_log");
  // 7.4 A log that is behind says nothing, and is no worse than none.
  if (log.time < lists.newest - LOG_BEHIND_MAX || now - log.time > LOG_AGE_MAX) return new Finding("log", "skipped", "log_stale");
  // 7.5 Younger than a log that is not behind: it will stand there soon.
  if (log.unwitnessedNewer) return new Finding("log", "unknown", "log_unwitnessed");
  return new Finding("log", "unknown", "log_not_yet");
}

function siteFinding(held, fix, now, asked) {
  if (!asked) return NOT_ASKED;
  if (fix === null) return NO_FIX;
  // 8.1 A fix that says little: no position at all, too old (or from the future), or too coarse. Written so that NaN fails, and null too.
  const numbers = [fix.latitude, fix.longitude, fix.accuracyM].every((number) => typeof number === "number");
  if (!(numbers && Math.abs(fix.latitude) <= 90 && Math.abs(fix.longitude) <= 180 && fix.accuracyM >= 0)) {
    return new Finding("site", "unknown", "fix_invalid");
  }
  if (Math.abs(days.secondsOf(now) - days.secondsOf(fix.measuredAt)) > FIX_AGE_MAX) return new Finding("site", "unknown", "fix_old");
  if (fix.accuracyM > FIX_COARSE_MAX_M) return inaccurate(fix);
  // 8.2 Whole decimetres, rounded down, so that every language compares the same numbers.
  const distance = Math.floor(distanceM(held.site, fix.latitude, fix.longitude) * 10);
  const uncertainty = Math.floor(uncertaintyM(fix) * 10);
  const reach = reachDm(held.site);
  const detail = { distance_dm: distance, uncertainty_dm: uncertainty, reach_dm: reach, bearing: bearingDegrees(fix, held.site.point) };
  // 8.3 Too coarse to say "here", but from far enough it says "elsewhere".
  if (fix.accuracyM > FIX_ACCURACY_MAX_M) {
    const far = distance - FIX_COARSE_FACTOR * uncertainty > reach;
    return far ? new Finding("site", "failed", "site_elsewhere", detail) : inaccurate(fix);
  }
  // 8.4
  if (distance + uncertainty <= reach) return new Finding("site", "passed", "site_here", detail);
  if (distance - uncertainty > reach) return new Finding("site", "failed", "site_elsewhere", detail);
  return new Finding("site", "unknown", "site_too_close", detail);
}

function inaccurate({ accuracyM }) {
  return new Finding("site", "unknown", "fix_inaccurate", { accuracy_m: Math.floor(Math.min(accuracyM, 1e6)) });
}
