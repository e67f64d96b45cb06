// From a draft to a signed inspection in the outbox. The message, its photographs and the chain's new head are stored together or not at
// all; two tabs take turns, and if ever they did not, the second finds another head than it signed over and begins again.
import { fromHex, hex, inspection as inspections, SealError } from "./core.js";
import * as drafts from "./drafts.js";
import { fresh } from "./outbox.js";
import { signerOf } from "./enrolling.js";
import { Refusal } from "./refusal.js";

const ROOM = 25_000_000; // octets that must be free before an inspection is begun: ten photographs and their message
const TURNS = 5;

/** Refuse to begin what could not be stored. Rejects with Refusal `no_room` or `store_passing`. */
export async function roomFor(store) {
  if (!store.lasting) throw new Refusal("store_passing");
  const { quota, usage } = (await navigator.storage?.estimate?.()) ?? {};
  if (Number.isFinite(quota) && quota - usage < ROOM) throw new Refusal("no_room");
}

/**
 * Sign a draft and put it into the outbox. Resolves to what is kept. Rejects with Refusal, and the draft stays: `no_room`, `device_gone`,
 * `draft_signed`, `photograph_gone`, `unsignable`, `chain_busy`.
 */
export async function saved(store, draft, { now, app }) {
  return navigator.locks.request("khatm-chain", async () => {
    for (let turn = 0; turn < TURNS; turn++) {
      const made = await attempt(store, draft, { now, app });
      if (made) return made;
    }
    throw new Refusal("chain_busy");
  });
}

async function attempt(store, draft, { now, app }) {
  const device = await current(store);
  if (await store.get("inspections", draft.id)) throw new Refusal("draft_signed"); // in another tab, perhaps with other findings
  const pictures = await photographs(store, draft);
  const held = claims(draft, { device, now, app, sizes: new Map(pictures.map(([sha256, octets]) => [sha256, octets.length])) });
  const message = await signed(held, device);
  const head = { sequence: held.sequence, digest: hex(await inspections.digest(message)) };
  const named = { id: draft.id, device: device.kid, ...head, photographs: pictures.map(([sha256]) => sha256) };
  const kept = fresh({ ...named, message, savedAt: now * 1000, about: about(draft) });
  const changes = [
    ["inspections", kept.id, kept],
    ...pictures.map(([sha256, octets]) => ["photographs", sha256, octets]),
    ["device", device.kid, { ...device, head }],
    ...drafts.removal(draft),
  ];
  const unchanged = (held) => held?.head.digest === device.head.digest && held.amended === device.amended;
  return (await stored(store, changes, ["device", device.kid, unchanged])) ? kept : null;
}

async function photographs(store, draft) {
  const found = await Promise.all(draft.photographs.map(async ({ sha256 }) => [sha256, await drafts.picture(store, sha256)]));
  if (found.some(([, octets]) => !octets)) throw new Refusal("photograph_gone");
  return found;
}

async function signed(held, device) {
  try {
    return await inspections.sign(held, fromHex(device.kid), signerOf(device.keys));
  } catch (error) {
    if (error instanceof SealError) throw new Refusal("unsignable", error);
    throw error;
  }
}

async function stored(store, changes, only) {
  try {
    return await store.write(changes, { only, durability: "strict" });
  } catch (error) {
    if (error instanceof DOMException) throw new Refusal("no_room", error);
    throw error;
  }
}

/** The device of this phone. Rejects with Refusal `device_gone`. */
export async function current(store) {
  const kid = await store.get("device", "current");
  const device = kid && (await store.get("device", kid));
  if (!device) throw new Refusal("device_gone");
  return device;
}

const about = ({ kind, result, number, seen, display }) => ({ kind, result, number, officer: display, ...seen });

/** What is signed: seal/js/inspection.js gives the names. */
function claims(draft, { device, now, app, sizes }) {
  const { head } = device;
  return {
    id: fromHex(draft.id),
    sequence: head.sequence + 1,
    previous: head.digest ? fromHex(head.digest) : null,
    officer: draft.officer,
    scannedAt: Math.min(draft.scanned, now), // a clock may have been put back since
    signedAt: now,
    app,
    kind: draft.kind,
    result: draft.result,
    code: draft.code,
    verdict: draft.verdict,
    lists: draft.lists,
    location: draft.fix && location(draft.fix, now),
    noFix: draft.fix ? null : draft.noFix,
    seenType: draft.seen.type,
    seenName: draft.seen.name,
    checklist: draft.checklist,
    findings: findings(draft),
    measured: draft.measured,
    note: draft.note,
    photographs: draft.photographs.map(({ sha256 }) => ({ digest: fromHex(sha256), size: sizes.get(sha256) })),
  };
}

/** A measurement of the browser's as claim 264 has it: `at` is in milliseconds, and the age is what it was at the signature. */
function location({ latitude, longitude, accuracy, altitude = null, altitudeAccuracy = null, speed = null, at }, now) {
  const timestamp = Math.floor(at / 1000);
  return { latitude, longitude, accuracy, timestamp, age: Math.max(0, now - timestamp), altitude, altitudeAccuracy, speed };
}

function findings({ answers }) {
  return Object.entries(answers).map(([item, { answer, severity, note }]) => ({
    item,
    answer,
    severity: answer === "bad" ? severity : null,
    note: note ?? "",
  }));
}
