// The day's list on the phone: fetched when the server is met, kept for the street, and told back when the officer goes another way. Another
// order stays here until the server has said that it keeps it; what it refuses stays with the reason until a person lets it go.
import * as api from "./api.js";
import { Refusal } from "./refusal.js";

const MOST = 60;
const TEXT_MOST = 300;
export const REASON_LEAST = 3;
export const REASON_MOST = 300;
const OF_DEVICE = new Set([401, 403]); // such an answer is about the phone, not about one order
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const text = (value, most = TEXT_MOST) => typeof value === "string" && value.length <= most;
const both = (value) => text(value?.ar, 1000) && text(value?.en, 1000);
const degrees = (value, most) => Number.isFinite(value) && Math.abs(value) <= most;
const placed = (value) => degrees(value?.latitude, 90) && degrees(value?.longitude, 180);

/** The list in what the server told, null for none or what is none. */
export function listIn(told) {
  const { id, day, officer, basis, stops } = told ?? {};
  if (!Number.isSafeInteger(id) || !DAY.test(day) || !text(officer) || !Array.isArray(stops) || stops.length > MOST) return null;
  const good = stops.every((stop) => text(stop?.number, 32) && text(stop.name) && text(stop.type) && both(stop.why) && placed(stop));
  if (!good || new Set(stops.map(({ number }) => number)).size < stops.length) return null;
  const start = placed(told.start) ? told.start : null;
  return { id, day, officer, basis: basis === "risk" ? "risk" : "unseen", start, stops: stops.map(stopIn) };
}

const stopIn = ({ number, name, type, latitude, longitude, why, seen_at: seenAt }) => ({
  number, name, type, latitude, longitude, why: { ar: why.ar, en: why.en }, seenAt: Number.isSafeInteger(seenAt) ? seenAt : null,
});

/** The stops in the order that the officer goes: as fetched, then as changed here since. Pure. */
export function inOrder(list, reorders) {
  const mine = reorders.filter((one) => one.list === list.id && one.state !== "attention");
  const by = new Map(list.stops.map((stop) => [stop.number, stop]));
  const last = mine.at(-1)?.after;
  return last?.length === by.size && last.every((number) => by.has(number)) ? last.map((number) => by.get(number)) : list.stops;
}

/** What is kept: {list, device, at (milliseconds)}, null before the first. */
export const kept = async (store) => (await store.get("device", "day")) ?? null;

/** Other orders that the server does not keep yet, or refused: the oldest first. */
export const reorders = async (store) => (await store.get("device", "reorders")) ?? [];

/** Change what is kept of other orders; two tabs take turns. */
function amend(store, change) {
  return navigator.locks.request("khatm-day", async () => store.put("device", "reorders", change(await reorders(store))));
}

/** Keep another order of a list, to be told. Rejects with Refusal `reason_length`. */
export async function reordered(store, list, { officer, before, after, reason, now }) {
  const said = reason.replace(/\s+/g, " ").trim();
  const length = [...said].length;
  if (length < REASON_LEAST || length > REASON_MOST) throw new Refusal("reason_length");
  const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (octet) => octet.toString(16).padStart(2, "0")).join("");
  const made = { id, list: list.id, officer, at: now, before, after, reason: said, state: "waiting", code: null, words: null };
  await amend(store, (held) => [...held, made]);
}

/** Send one once more that was refused, or let it go. */
export const again = (store, id) => amend(store, (held) => held.map((one) => (one.id === id ? { ...one, state: "waiting", code: null, words: null } : one)));
export const discard = (store, id) => amend(store, (held) => held.filter((one) => one.id !== id));

/**
 * Tell what waits, then ask for the day's list. Every answer is kept before the next question. Rejects with api.Unreachable; what the server
 * refuses about the phone itself is left for `contact` to say.
 */
export async function exchanged(store, device, { now }) {
  try {
    await tell(store, device);
    const told = await api.day(device.token);
    const list = listIn(told.list);
    if (told.list && !list) return; // what was fetched before is worth more than what cannot be read
    await store.put("device", "day", { list, device: device.kid, at: now });
    await amend(store, (held) => held.filter(({ state }) => state !== "confirmed")); // the list that was fetched has them
  } catch (error) {
    if (!(error instanceof api.Refused)) throw error;
  }
}

async function tell(store, device) {
  for (const { id, list, officer, at, before, after, reason } of (await reorders(store)).filter(({ state }) => state === "waiting")) {
    try {
      await api.reorder(device.token, id, { list, officer, at, before, after, reason });
      await become(store, id, { state: "confirmed" });
    } catch (error) {
      if (!(error instanceof api.Refused) || OF_DEVICE.has(error.status)) throw error;
      await become(store, id, { state: "attention", code: error.code, words: error.words });
    }
  }
}

const become = (store, id, changes) => amend(store, (held) => held.map((one) => (one.id === id ? { ...one, ...changes } : one)));
