/** What checking a seal leads to: findings, and the decision they add up to (docs/format.md §9). */

import * as days from "./days.js";
import { hex } from "./octets.js";
import { roundHalfEven } from "./rounding.js";
import * as trust from "./trust.js";

export const CHECKS = Object.freeze(["format", "issuer", "signature", "scope", "dates", "status", "log", "site"]);
const SEVERITY = { valid: 0, undecided: 2, invalid: 3 };
const NO_LICENSE_SEVERITY = 1; // undecided too, but about nothing
export const TOLD = ["failed", "not_license", "unknown"]; // what speaks against a good result, the gravest first
const PLACES = { passed: "here", failed: "elsewhere", unknown: "cannot_tell" }; // else not checked

/** The outcome of one check. `code` is stable and the key of its sentence; `detail` fills the sentence's gaps. */
export class Finding {
  constructor(check, outcome, code, detail = {}) {
    this.check = check;
    this.outcome = outcome;
    this.code = code;
    this.detail = Object.freeze(detail);
    Object.freeze(this);
  }
}

/**
 * The outcome of all eight checks, in their order, and what they were made with. `prefix` stands before our license numbers.
 *
 * Claims are kept only if the signature held: what nobody vouches for is not shown. Every object is true in JavaScript, so nothing can stop
 * `if (verdict)` from taking an expired license for a good one: look at the decision.
 */
export class Verdict {
  constructor(findings, { askedSite, now, trustSequence, statusIat, prefix }, claims = null, key = null) {
    this.findings = Object.freeze(findings);
    this.askedSite = askedSite;
    this.now = now;
    this.trustSequence = trustSequence;
    this.statusIat = statusIat;
    this.prefix = prefix;
    this.claims = claims;
    this.key = key;
    Object.freeze(this);
  }

  /** Return the finding of one check. */
  finding(check) {
    return this.findings[CHECKS.indexOf(check)];
  }

  /**
   * Is the seal genuine and in force, wherever it hangs? What is no license code at all is `not_license`, and nothing is wrong with it. A seal may
   * be genuine without the log at hand; every other check must have passed.
   */
  get seal() {
    const outcomes = this.findings
      .slice(0, -1)
      .filter(({ check, outcome }) => check !== "log" || outcome !== "skipped")
      .map((finding) => finding.outcome);
    if (outcomes.includes("failed")) return "not_valid";
    if (outcomes.includes("not_license")) return "not_license";
    return outcomes.every((outcome) => outcome === "passed") ? "genuine" : "cannot_tell";
  }

  /** Is the fix at the licensed site? */
  get place() {
    return PLACES[this.findings.at(-1).outcome] ?? "not_checked";
  }

  /** Both answers in one. A genuine seal whose place nobody checked stays undecided, unless the caller did not ask for the place. */
  get decision() {
    const { seal, place } = this;
    if (seal === "not_valid" || (seal === "genuine" && place === "elsewhere")) return "invalid";
    if (seal === "genuine" && (place === "here" || !this.askedSite)) return "valid";
    return "undecided";
  }

  /** The finding that decided: the first failed, else that there is no license code, else the first unknown, else the site's. */
  get reason() {
    for (const outcome of TOLD) {
      const found = this.findings.find((finding) => finding.outcome === outcome);
      if (found) return found;
    }
    return this.findings.at(-1);
  }

  /** The license, if the signature held. */
  get license() {
    return this.claims ? this.claims.license : null;
  }

  /** The license number, if the signature held. */
  get number() {
    return this.claims ? this.claims.numberIn(this.prefix) : null;
  }

  /** A short text to report a scan by: seal, codes, list versions and time. It holds no license data but the seal's identity. */
  get reference() {
    const codes = this.findings.filter((f) => TOLD.includes(f.outcome)).map((f) => f.code);
    const identity = this.claims ? hex(this.claims.cti) : "-";
    return `${identity}/${codes.join("+") || this.decision}/T${this.trustSequence}/S${this.statusIat}/${trust.moment(this.now)}`;
  }

  /** Codes of what this result does not prove, as sentences for people. */
  get provesNot() {
    const codes = this.claims ? ["not_proven_object"] : [];
    if (this.place !== "here" && this.seal !== "not_license") codes.push("not_proven_place");
    if (this.claims) codes.push("not_proven_conduct");
    return codes;
  }
}

/** Return the verdict that counts where one picture holds several seals. Throws RangeError for none. */
export function worst(verdicts) {
  if (verdicts.length === 0) throw new RangeError("no verdict");
  return verdicts.reduce((worse, verdict) => (severity(verdict) > severity(worse) ? verdict : worse));
}

/** Return how grave a verdict is among others: 0 for a good one. */
function severity({ decision, seal }) {
  return seal === "not_license" ? NO_LICENSE_SEVERITY : SEVERITY[decision];
}

/**
 * Return the JSON object for everything one text or picture held: the worst verdict, and the rest beside it.
 *
 * Throws RangeError for no verdict at all.
 */
export function answer(verdicts) {
  const headline = worst(verdicts);
  const others = verdicts.filter((verdict) => verdict !== headline).map(asObject);
  return { ...asObject(headline), several_codes: verdicts.length > 1, others };
}

/** Return the verdict as the JSON object that the command line, the API and the phone share (docs/format.md §10). */
export function asObject(verdict) {
  const site = verdict.findings.at(-1);
  return {
    decision: verdict.decision,
    seal: verdict.seal,
    place: verdict.place,
    reason: verdict.reason.code,
    findings: verdict.findings.map(({ check, outcome, code, detail }) => ({ check, outcome, code, detail: { ...detail } })),
    license: licenseObject(verdict),
    distance_m: "distance_dm" in site.detail ? site.detail.distance_dm / 10 : null,
    bearing_degrees: site.detail.bearing ?? null,
    does_not_prove: verdict.provesNot,
    reference: verdict.reference,
  };
}

/** Return the license as JSON, null unless the signature held. Days are days of Africa/Cairo, lengths metres, positions degrees. */
export function licenseObject(verdict) {
  const { claims, key } = verdict;
  if (claims === null || key === null) return null;
  const held = claims.license;
  return {
    number: verdict.number,
    edition: claims.edition,
    authority: { code: claims.iss, ...key.name },
    type: held.type,
    activity: held.activity,
    trade_name: held.tradeName,
    holder: held.holder,
    address: held.address,
    details: { ...held.details },
    site: {
      latitude: degrees(held.site.point.latitude),
      longitude: degrees(held.site.point.longitude),
      radius_m: held.site.radiusM || null,
      footprint_m: held.site.footprint.length > 0 ? held.site.footprint.map(([east, north]) => [east / 10, north / 10]) : null,
    },
    first_day: held.firstDay,
    last_day: held.lastDay,
    sealed_on: days.dayOf(claims.iat),
  };
}

/** Return a binary32 coordinate with six digits, which is all it has. */
function degrees(number) {
  return roundHalfEven(number, 6);
}
