// From the brightness of modules to a clean code: where among them it begins, its version, which way up. After qr/grid.py.
import { Gray } from "../pixels.js";
import { mended } from "./codewords.js";
import { blurred, boxed, extreme } from "./geometry.js";
import { FINDER, pattern } from "./patterns.js";

export const AROUND = 8; // modules sampled around where the code is thought to lie
const QUIET = 4;
const DRAWN = 4; // pixels of a clean picture, a module
const LIKELY = 0.75; // of the function patterns must agree
const TRIED = 2; // codes of one sampling
const FINDER_LIKE = 0.5; // of 1: a quarter of its modules may be wrong
const MOST_FINDERS = 8;

/** Clean pictures of the codes that the sampled modules hold, their errors mended, the likeliest first. */
export function* codes({ side, brightness }) {
  const [low, high] = [-1, 1].map((sign) => blurred(extreme(brightness, side, side, 7, sign), side, side, 2));
  const middle = low.map((part, i) => (part + high[i]) / 2);
  for (const threshold of [blurred(brightness, side, side, 3), middle]) {
    const dark = Uint8Array.from(brightness, (part, i) => (part < threshold[i] ? 1 : 0));
    const certain = certainty(brightness, threshold, dark, side, low, high);
    for (const place of placed(dark, side).slice(0, TRIED)) {
      const whole = mended(upright(dark, side, place), upright(certain, side, place), place.side);
      if (whole) yield drawn(whole, place.side);
    }
  }
}

// How far from the threshold each module is: dirt is grey, or one colour where a code never is.
function certainty(brightness, threshold, dark, side, low, high) {
  const share = boxed(Float32Array.from(dark), side, side, 5);
  return brightness.map((part, i) => {
    const far = Math.min(Math.abs(part - threshold[i]) / (high[i] - low[i] + 4), 0.5);
    return far * Math.min(1, Math.max(0.02, (0.97 - Math.max(share[i], 1 - share[i])) / 0.2));
  });
}

// Where a code may begin: from every two places that look like finder patterns and are as far apart as a version's are.
function placed(dark, side) {
  const corners = likelyFinders(dark, side);
  const tried = new Map();
  corners.forEach((one, i) => {
    for (const other of corners.slice(i + 1)) {
      for (const [row, column, size] of squares(one, other)) {
        const key = `${row}/${column}/${size}`;
        if (!tried.has(key) && row >= 0 && column >= 0 && Math.max(row, column) + size <= side) tried.set(key, agreement(dark, side, row, column, size));
      }
    }
  });
  return [...tried.values()].filter(({ agrees }) => agrees >= LIKELY).sort((a, b) => b.agrees - a.agrees);
}

function likelyFinders(dark, side) {
  const like = new Float32Array(side * side);
  const get = (row, column) => row >= 0 && row < side && column >= 0 && column < side && dark[row * side + column];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let same = 0;
      for (let i = 0; i < 81; i++) if (Boolean(get(row + Math.floor(i / 9) - 4, column + (i % 9) - 4)) === Boolean(FINDER[i])) same++;
      like[row * side + column] = (2 * same) / 81 - 1;
    }
  }
  const most = extreme(like, side, side, 5);
  return [...like.keys()]
    .filter((i) => like[i] > FINDER_LIKE && like[i] === most[i])
    .sort((a, b) => like[b] - like[a])
    .slice(0, MOST_FINDERS)
    .map((i) => [Math.floor(i / side), i % side]);
}

// Corner (row, column) and side of the codes of which both are finder patterns.
function squares([row, column], [row2, column2]) {
  const [high, wide] = [row2 - row, column2 - column];
  const far = Math.max(Math.abs(high), Math.abs(wide));
  const size = far + 7;
  if (size < 21 || size > 177 || (size - 21) % 4) return [];
  const [top, left] = [Math.min(row, row2) - 3, Math.min(column, column2) - 3];
  if (!high) return [row - 3, row - 3 - far].map((start) => [start, left, size]);
  if (!wide) return [column - 3, column - 3 - far].map((start) => [top, start, size]);
  return Math.abs(high) === Math.abs(wide) ? [[top, left, size]] : [];
}

function agreement(dark, side, row, column, size) {
  const { dark: fixed, known } = pattern(size);
  let best = { agrees: -1 };
  const count = known.reduce((sum, part) => sum + part, 0);
  for (let turns = 0; turns < 4; turns++) {
    const place = { row, column, side: size, turns };
    const part = upright(dark, side, place);
    let same = 0;
    for (let i = 0; i < part.length; i++) if (known[i] && part[i] === fixed[i]) same++;
    if (same / count > best.agrees) best = { ...place, agrees: same / count };
  }
  return best;
}

// The modules of a place, turned back by its quarter turns.
function upright(modules, side, { row, column, side: size, turns }) {
  const made = new modules.constructor(size * size);
  for (let y = 0, to = 0; y < size; y++) {
    for (let x = 0; x < size; x++, to++) {
      const [fromY, fromX] = [
        [y, x],
        [size - 1 - x, y],
        [size - 1 - y, size - 1 - x],
        [x, size - 1 - y],
      ][turns];
      made[to] = modules[(row + fromY) * side + column + fromX];
    }
  }
  return made;
}

function drawn(modules, side) {
  const size = (side + 2 * QUIET) * DRAWN;
  const picture = new Gray(size, size, new Uint8Array(size * size).fill(255));
  for (let y = QUIET * DRAWN; y < size - QUIET * DRAWN; y++) {
    for (let x = QUIET * DRAWN; x < size - QUIET * DRAWN; x++) {
      if (modules[(Math.floor(y / DRAWN) - QUIET) * side + Math.floor(x / DRAWN) - QUIET]) picture.data[y * size + x] = 0;
    }
  }
  return picture;
}
