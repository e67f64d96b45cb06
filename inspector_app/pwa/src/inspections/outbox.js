// What becomes of an inspection after it was signed: the states that a person sees, and what moves it from one to the next. Pure.
//
//     waiting ──► sent ──► confirmed        sent: the server holds the inspection, not yet all of its photographs
//        │          │
//        └──────────┴────► attention        refused, or set apart by the server: stays here with the reason
//
// Nothing leaves the outbox because a request went well: only because the server named the digest of what this phone holds, and misses
// none of its photographs.

/**
 * @typedef {object} Kept
 * @property {string} id          of the inspection, hex
 * @property {string} device      whose chain it stands in: the device's kid, hex
 * @property {number} sequence    its place there, from 1
 * @property {string} digest      SHA-256 of `message`, hex
 * @property {Uint8Array} message  the signed inspection, frozen
 * @property {"waiting"|"sent"|"confirmed"|"attention"} state
 * @property {boolean} held       whether the server holds all of it, by hash
 * @property {string[]} reasons   codes: why it needs attention, or what the server finds odd about it
 * @property {?{ar: string, en: string}} words  the server's own, for a code that the app has no words for
 * @property {string[]} photographs  SHA-256 of each, hex
 * @property {string[]} missing   those that the server does not hold, as far as it said
 * @property {number} savedAt     milliseconds since 1970 UTC
 * @property {object} about       {kind, result, type, name, officer (as shown)}, for the list
 */

/** A signed inspection as it enters the outbox. */
export function fresh(fields) {
  return { ...fields, state: "waiting", held: false, reasons: [], words: null, missing: [...fields.photographs] };
}

/** What the server's answer {digest, state, reasons, missing} makes of it. */
export function answered(kept, { digest, state, reasons, missing }) {
  if (digest !== kept.digest) return attention(kept, ["digest_differs"]);
  const left = kept.photographs.filter((sha256) => listed(missing).includes(sha256));
  const held = left.length === 0 && Array.isArray(missing);
  const known = { ...kept, missing: left, held, words: null };
  if (state === "set_apart") return { ...known, state: "attention", reasons: ["set_apart", ...listed(reasons)] };
  if (state !== "confirmed") return { ...known, held: false, state: "sent", reasons: [] };
  return { ...known, state: held ? "confirmed" : "sent", reasons: listed(reasons) };
}

const listed = (value) => (Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);

/** Something about it was refused: it stays, with the reason, and is not sent again by itself. */
export function attention(kept, reasons, words = null) {
  return { ...kept, state: "attention", held: false, reasons, words };
}

/** To be sent once more: a person wants it so, or the server has lost it. */
export function again(kept) {
  return { ...kept, state: "waiting", held: false, reasons: [], words: null, missing: [...kept.photographs] };
}

/** Whether there is something to send of it without asking anybody. */
export function due({ state, reasons, held }) {
  return state === "waiting" || state === "sent" || (state === "attention" && !held && reasons[0] === "set_apart");
}

/** How many the server does not wholly hold: the number on the icon. */
export function unsent(all) {
  return all.filter(({ held }) => !held).length;
}

/** In the order of their chains: what was signed first is sent first. */
export function inOrder(all) {
  return [...all].sort((one, other) => one.savedAt - other.savedAt || one.sequence - other.sequence);
}
