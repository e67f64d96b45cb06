/** A fix as people type it: a position, and perhaps how exact it is. Strict, because a misread position is worse than none. */

import { FormatError } from "./errors.js";
import * as positions from "./positions.js";

export const TYPED_ACCURACY_M = 15; // of a position without one: a point picked on a map
const EXACT = /^(.*[^,]), ?([0-9]{1,6}(?:\.[0-9]{1,6})?)$/;

/**
 * Return the fix in `text`: a position as `positions` reads it, and behind a comma its accuracy in metres at 68 %, 15 without one.
 * `measuredAt` is a Date.
 *
 * Throws FormatError `fix_invalid`, `latitude_range` or `longitude_range`.
 */
export function parse(text, { measuredAt, source = "typed" }) {
  const { point, accuracyM } = read(text);
  return { ...point, accuracyM, measuredAt, confidence: 68, source };
}

function read(text) {
  try {
    return { point: positions.parse(text), accuracyM: TYPED_ACCURACY_M };
  } catch (error) {
    const short = Array.from(text).length <= positions.LENGTH_MOST;
    const exact = error instanceof FormatError && error.code === "fix_invalid" && short ? EXACT.exec(positions.plain(text)) : null;
    if (!exact) throw error;
    return { point: positions.parse(exact[1]), accuracyM: Number(exact[2]) };
  }
}
