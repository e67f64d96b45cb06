/**
 * Days of Africa/Cairo. A license is valid in whole days, a token in seconds; this is the only place where one becomes the other.
 *
 * The time zone rules come from `seal/data/cairo.json`, which tests hold to the pinned tzdata, never from the phone: an old phone must not
 * move a boundary. A day is its ISO 8601 text here ("2026-11-24").
 */

import * as data from "./data.js";

/** Return the Cairo day that holds the instant `seconds` (since 1970 UTC), from 1900 to 2242. */
export function dayOf(seconds) {
  return new Date((seconds + offsetAt(seconds)) * 1000).toISOString().slice(0, 10);
}

/** Return the last valid day, as people see it: the Cairo day of one second before `exp`. */
export function lastDayOf(exp) {
  return dayOf(exp - 1);
}

/** Return a Date as whole seconds since 1970 UTC, rounded down. Throws RangeError for one that holds no time. */
export function secondsOf(moment) {
  const seconds = Math.floor(moment.getTime() / 1000);
  if (Number.isNaN(seconds)) throw new RangeError("a moment without a time");
  return seconds;
}

/** Return how many seconds Cairo is ahead of UTC. */
export function offsetAt(seconds) {
  const { mean, since, standard, summer, summers } = data.file("cairo.json");
  if (seconds < since) return mean; // before Egypt had a standard time
  let [low, high] = [0, summers.length]; // the summers before `low` began at `seconds` or earlier
  while (low < high) {
    const middle = (low + high) >> 1;
    if (summers[middle][0] <= seconds) low = middle + 1;
    else high = middle;
  }
  return low > 0 && seconds < summers[low - 1][1] ? summer : standard;
}
