// What a verdict on the screen says about an inspection that begins with it.
import { ours } from "../core.js";

/** What a draft begins with, from the verdict that a person looks at; null where there is nothing to record: a slip, or a code from the log. */
export function sighted(app, verdict) {
  const { scan } = app;
  const text = verdict && scan.textOf(verdict);
  if (!text || scan.slip || scan.recalled || !ours(text)) return null;
  const first = scan.first.find(([one]) => one === text)?.[1] ?? verdict;
  const license = first.license ?? verdict.license;
  return {
    kind: "license",
    code: text,
    verdict: told(first),
    lists: { trust: first.trustSequence, status: first.statusIat || null, log: scan.logSize },
    scanned: Math.floor(scan.at / 1000),
    fix: scan.fix && measured(scan.fix),
    noFix: scan.fix ? null : app.whereabouts.state,
    number: (first.license ? first.number : verdict.number) ?? null,
    seen: { type: license?.type ?? "", name: license?.tradeName ?? "" },
    details: { ...license?.details },
  };
}

/** What an inspection begins with where there is no code. */
export function unlicensed(app) {
  const { lists, sealLog } = app;
  const log = sealLog.view(lists.trust)?.size ?? null;
  const held = { trust: lists.trust?.sequence ?? null, status: lists.status.newest || null, log };
  return { kind: "unlicensed", code: null, number: null, verdict: null, lists: held, scanned: app.seconds(), fix: null, noFix: null, seen: { type: "", name: "" }, details: {} };
}

function told(verdict) {
  const { distance_dm: distanceDm = null, uncertainty_dm: uncertaintyDm = null } = verdict.findings.at(-1).detail;
  return { decision: verdict.decision, seal: verdict.seal, place: verdict.place, reason: verdict.reason.code, distanceDm, uncertaintyDm };
}

/** A fix as the browser measured it, plain. */
export const measured = ({ latitude, longitude, accuracy, altitude = null, altitudeAccuracy = null, speed = null, at }) => ({
  latitude, longitude, accuracy, altitude, altitudeAccuracy, speed, at,
});

/** Whether "all in order" may be said of it with one tap: never against what the code itself says. */
export const mayBeInOrder = ({ verdict }) => verdict !== null && verdict.seal === "genuine" && verdict.decision !== "invalid";
