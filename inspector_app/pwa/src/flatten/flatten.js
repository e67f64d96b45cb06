// Bent, folded and steep codes made flat by their own clock: the modules are a carrier wave, and its phase tells where each one is. After
// qr/flatten.py, where it is derived.
import { at, inverse, perspective, seen, solve } from "./geometry.js";
import { AROUND, codes } from "./grid.js";
import { measured, NET, PIXELS, WEAK } from "./waves.js";
import { blurred } from "./geometry.js";

const MARGIN = 6; // modules around the frame: a bent edge bulges out
const [FEWEST, MOST] = [21, 117]; // modules a side
const [SOUNDED, SOUNDINGS, AGREES] = [8, 3, 0.1]; // modules between points that are listened to first; how often; how well they agree
const JUMP = 0.3; // modules: how far a neighbour may be from where it is expected
const LEAST_WAVES = 0.3; // of a frame's inner part
const LEAST_WALKED = 0.25; // of the net
const OFFSETS = [-0.2, 0, 0.2]; // of a module: where it is sampled

/** Clean pictures of the code that lies about within `quad` (four [x, y], one after the other around it) with about `modules` a side. */
export function* flattened(picture, quad, modules) {
  const found = heard(picture, quad, modules);
  const fields = found && walked(...found.waves);
  if (fields) yield* codes(sampled(picture, found.back, fields, found.size / PIXELS - 2 * MARGIN));
}

// The frame made square, the way back from it to the picture, and its waves. The frame's own guess at the number of modules may be far
// off; the waves know better: a few points are sounded until they agree.
function heard(picture, quad, modules) {
  for (let left = SOUNDINGS - 1; left >= 0; left--) {
    const [low, high] = [MARGIN * PIXELS, (MARGIN + modules) * PIXELS];
    const view = perspective(quad, [
      [low, low],
      [high, low],
      [high, high],
      [low, high],
    ]);
    const back = view && inverse(view);
    if (!back) return null;
    const extent = modules + 2 * MARGIN;
    const size = (extent + (extent % NET)) * PIXELS;
    const { data } = seen(picture, back, size);
    const [u, v] = measured(data, size, SOUNDED);
    const strong = [...u.strength.keys()].filter((i) => Math.min(u.strength[i], v.strength[i]) > WEAK);
    if (shareOfInner(u.points, strong) < LEAST_WAVES) return null;
    const scale = Math.sqrt(median(strong.map((i) => u.along[i])) * median(strong.map((i) => v.along[i])));
    if (Math.abs(scale - 1) < AGREES || !left) return { size, back, waves: measured(data, size) };
    modules = Math.min(MOST, Math.max(FEWEST, Math.round(modules * scale)));
  }
  return null;
}

function shareOfInner(points, strong) {
  const edge = Math.max(1, Math.floor(points / 5));
  const inner = (i) => i >= edge && i < points - edge;
  return strong.filter((i) => inner(i % points) && inner(Math.floor(i / points))).length / Math.max(1, (points - 2 * edge) ** 2);
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

// Continue u and v from the most certain point over the net, the most certain neighbours first; null if that leads nowhere.
function walked(u, v) {
  const n = u.points;
  const certain = Float32Array.from(u.strength, (part, i) => Math.min(part, v.strength[i]));
  const found = [new Float64Array(n * n).fill(NaN), new Float64Array(n * n).fill(NaN)];
  const first = start(certain, n);
  const queue = new Queue();
  const take = (i, expected) => {
    const taken = [u, v].map(({ phase }, k) => phase[i] + Math.round(expected[k] - phase[i]));
    if (Math.max(...taken.map((part, k) => Math.abs(part - expected[k]))) >= JUMP && i !== first) return;
    taken.forEach((part, k) => (found[k][i] = part));
    queue.add(i, certain[i]);
  };
  take(first, [((first % n) + 0.5) * NET - MARGIN, (Math.floor(first / n) + 0.5) * NET - MARGIN]);
  while (queue.size) {
    const here = queue.take();
    const [x, y] = [here % n, Math.floor(here / n)];
    for (const [right, down] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      const there = here + right + down * n;
      if (x + right < 0 || x + right >= n || y + down < 0 || y + down >= n) continue;
      if (certain[there] < WEAK || !Number.isNaN(found[0][there])) continue;
      take(there, [
        found[0][here] + (NET / 2) * ((u.along[here] + u.along[there]) * right + (u.across[here] + u.across[there]) * down),
        found[1][here] + (NET / 2) * ((v.across[here] + v.across[there]) * right + (v.along[here] + v.along[there]) * down),
      ]);
    }
  }
  const known = found[0].filter((part) => !Number.isNaN(part)).length;
  return known < LEAST_WALKED * n * n ? null : { points: n, u: filled(found[0], n), v: filled(found[1], n) };
}

function start(certain, n) {
  const edge = n >> 2;
  let best = edge * n + edge;
  for (let y = edge; y < n - edge; y++) for (let x = edge; x < n - edge; x++) if (certain[y * n + x] > certain[best]) best = y * n + x;
  return best;
}

class Queue {
  #heap = []; // [worth, what], the worthiest first

  get size() {
    return this.#heap.length;
  }

  add(what, worth) {
    const heap = this.#heap;
    let at = heap.push([worth, what]) - 1;
    for (let up = (at - 1) >> 1; at && heap[up][0] < heap[at][0]; at = up, up = (at - 1) >> 1) [heap[up], heap[at]] = [heap[at], heap[up]];
  }

  take() {
    const heap = this.#heap;
    const [[, what], last] = [heap[0], heap.pop()];
    if (!heap.length) return what;
    heap[0] = last;
    for (let at = 0; ; ) {
      let best = at;
      for (const down of [2 * at + 1, 2 * at + 2]) if (down < heap.length && heap[down][0] > heap[best][0]) best = down;
      if (best === at) return what;
      [heap[at], heap[best]] = [heap[best], heap[at]];
      at = best;
    }
  }
}

const POWERS = [0, 1, 2, 3].flatMap((i) => [0, 1, 2, 3].filter((j) => i + j < 4).map((j) => [i, j]));
const terms = (x, y) => POWERS.map(([i, j]) => x ** i * y ** j);

// Continue a field where the wave was not there: the best cubic surface, and what is left of it nearby spread into the holes.
function filled(field, n) {
  const rows = POWERS.map(() => new Float64Array(POWERS.length + 1));
  for (let i = 0; i < field.length; i++) {
    if (Number.isNaN(field[i])) continue;
    const here = [...terms((i % n) / n, Math.floor(i / n) / n), field[i]];
    for (let a = 0; a < POWERS.length; a++) for (let b = 0; b <= POWERS.length; b++) rows[a][b] += here[a] * here[b];
  }
  rows.forEach((row, i) => (row[i] += 1e-9));
  const fit = solve(rows.map((row) => [...row])) ?? POWERS.map(() => 0);
  const surface = Float64Array.from(field, (_, i) => terms((i % n) / n, Math.floor(i / n) / n).reduce((sum, term, k) => sum + fit[k] * term, 0));
  const rest = Float32Array.from(field, (part, i) => (Number.isNaN(part) ? 0 : part - surface[i]));
  const weight = Float32Array.from(field, (part) => (Number.isNaN(part) ? 0 : 1));
  for (const sigma of [1, 2, 4, 8]) {
    const share = blurred(weight, n, n, sigma);
    const spread = blurred(
      rest.map((part, i) => part * weight[i]),
      n,
      n,
      sigma,
    );
    for (let i = 0; i < rest.length; i++) {
      if (weight[i] === 0 && share[i] > 0.05) [rest[i], weight[i]] = [spread[i] / share[i], 0.5];
    }
  }
  return Float32Array.from(surface, (part, i) => part + rest[i]);
}

// The brightness of every module, and of AROUND more around the frame.
function sampled(picture, [a, b, c, d, e, f, g, h, i], fields, modules) {
  const side = modules + 2 * AROUND;
  const { x, y } = inverted(fields, side);
  const brightness = new Float32Array(side * side);
  const step = (part, at, by, edge) => (edge ? part[at] - part[at - by] : part[at + by] - part[at]);
  for (let row = 0, to = 0; row < side; row++) {
    for (let column = 0; column < side; column++, to++) {
      const [xu, yu] = [x, y].map((part) => step(part, to, 1, column === side - 1));
      const [xv, yv] = [x, y].map((part) => step(part, to, side, row === side - 1));
      let sum = 0;
      for (const right of OFFSETS) {
        for (const down of OFFSETS) {
          const [fx, fy] = [x[to] + right * xu + down * xv, y[to] + right * yu + down * yv];
          const scale = g * fx + h * fy + i;
          sum += at(picture, (a * fx + b * fy + c) / scale, (d * fx + e * fy + f) / scale);
        }
      }
      brightness[to] = sum / OFFSETS.length ** 2;
    }
  }
  return { side, brightness };
}

// Where in the rectified frame (pixels) the middles of the modules are, by Newton's method.
function inverted({ points, u, v }, side) {
  const parts = [u, v].map((data) => ({ width: points, height: points, data }));
  const growths = parts.flatMap(({ data }) => [grown(data, points, 1), grown(data, points, points)]).map((data) => ({ width: points, height: points, data }));
  const [x, y] = [new Float64Array(side * side), new Float64Array(side * side)];
  const bounded = (part, most) => Math.min(most, Math.max(-most, part));
  for (let to = 0; to < x.length; to++) {
    const [wantU, wantV] = [(to % side) + 0.5 - AROUND, Math.floor(to / side) + 0.5 - AROUND];
    let [px, py] = [wantU, wantV];
    for (let turn = 0; turn < 8; turn++) {
      const [nx, ny] = [(px + MARGIN) / NET - 0.5, (py + MARGIN) / NET - 0.5];
      const [cx, cy] = [nx, ny].map((part) => Math.min(points - 1, Math.max(0, part)));
      const [uRight, uDown, vRight, vDown] = growths.map((part) => at(part, cx, cy));
      const [overX, overY] = [NET * (nx - cx), NET * (ny - cy)];
      const offU = wantU - at(parts[0], cx, cy) - uRight * overX - uDown * overY;
      const offV = wantV - at(parts[1], cx, cy) - vRight * overX - vDown * overY;
      const area = Math.max(uRight * vDown - uDown * vRight, 0.1);
      const [moveX, moveY] = [(vDown * offU - uDown * offV) / area, (uRight * offV - vRight * offU) / area];
      px += bounded(moveX, 3);
      py += bounded(moveY, 3);
      if (Math.abs(moveX) + Math.abs(moveY) < 0.01) break;
    }
    [x[to], y[to]] = [(px + MARGIN) * PIXELS, (py + MARGIN) * PIXELS];
  }
  return { x, y };
}

// By how much a field grows a module, along (step 1) or across (step n).
function grown(data, n, step) {
  return Float32Array.from(data, (_, i) => {
    const place = step === 1 ? i % n : Math.floor(i / n);
    const [before, after] = [place ? step : 0, place < n - 1 ? step : 0];
    return (data[i + after] - data[i - before]) / (((before + after) / step) * NET);
  });
}
