/**
 * Which status list may follow which: numbers decide, time does not (docs/format.md §7). Twin of published/order.py.
 *
 * A list has the place of the one that was seen of its name if its number is higher. What a key signed that is trusted no more, or voided,
 * stands in nobody's way; but a key never signs below what it signed before.
 *
 * What is known of a name, by kid, is {sequence, digest, forked}: the highest number that the key gave, SHA-256 (hex) of what it signed, and
 * whether it signed two things under it.
 */

import { ofRole } from "./trust.js";

export const [VOIDED, FORKED, OLDER] = ["status_list_voided", "status_list_forked", "status_list_older"];

/** Return why a list does not take the place of what is `known` of its name, by kid; "" where it does. */
export function fault(entry, known, trust) {
  if (trust.keys.get(entry.kid).voids(entry.sequence)) return VOIDED;
  const trusted = ofRole(trust.keys, "status");
  const counting = Object.entries(known)
    .filter(([kid, seen]) => kid === entry.kid || (trusted.has(kid) && !trusted.get(kid).voids(seen.sequence)))
    .map(([, seen]) => seen);
  if (counting.some((seen) => entry.sequence < seen.sequence)) return OLDER;
  return counting.some((seen) => seen.sequence === entry.sequence && (seen.forked || seen.digest !== entry.digest)) ? FORKED : "";
}

/** Return what two looks know; `before` may be undefined. */
export function joined(before, seen) {
  if (!before || seen.sequence > before.sequence) return seen;
  if (seen.sequence < before.sequence) return before;
  return { ...before, forked: before.forked || seen.forked || before.digest !== seen.digest };
}

/** Return a list's name and number as one text. */
export function nameOf({ uri, sequence }) {
  return `${sequence} ${uri}`;
}

/** Return the names and numbers (a Set of texts) under which different things were signed. */
export function twofold(entries) {
  const said = new Map();
  for (const entry of entries) if (entry.sequence) said.set(nameOf(entry), (said.get(nameOf(entry)) ?? new Set()).add(entry.digest));
  return new Set([...said].filter(([, digests]) => digests.size > 1).map(([name]) => name));
}
