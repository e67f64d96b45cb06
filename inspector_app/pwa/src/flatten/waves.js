// The grid of modules as a wave: for every point of a net, how fast and which way the columns run there, and the phase. After qr/waves.py,
// where it is derived; here each window ends after three of its sigmas.
import { boxed, transposed } from "./geometry.js";

export const PIXELS = 4; // of a rectified picture, a module
export const NET = 2; // modules between points of the net
export const WEAK = 0.16; // of the mean slope: below this the wave is not there
const WINDOW = 2.4; // modules: sigma
const REACH = Math.ceil(3 * WINDOW * PIXELS); // pixels
const range = (first, step, count) => Array.from({ length: count }, (_, i) => first + step * i);
const SCALES = range(0.6, 0.1, 11); // of the grid's frequency, along it
const SLANTS = range(-0.5, 0.1, 11); // and across
const TAU = 2 * Math.PI;

/** The waves of columns and of rows in a square picture of `size` pixels, at points `net` modules apart. */
export function measured(data, size, net = NET) {
  const columns = strongest(slope(data, size), size, net);
  const rows = strongest(slope(transposed(data, size), size), size, net);
  const turned = Object.fromEntries(Object.entries(rows).map(([name, part]) => [name, name === "points" ? part : transposed(part, rows.points)]));
  return [columns, turned];
}

// The size of the horizontal slope, around 0, in units of its own mean nearby: shade and contrast drop out.
function slope(data, size) {
  const smooth = new Float32Array(data.length);
  for (let y = 0; y < size; y++) {
    for (let x = 0, i = y * size; x < size; x++, i++) {
      const [up, down] = [y ? i - size : i, y < size - 1 ? i + size : i];
      smooth[i] = 0.664 * data[i] + 0.168 * (data[up] + data[down]);
    }
  }
  // Along the rows the blur and the difference are one: [-1, 0, 1] after [0.168, 0.664, 0.168].
  const steep = new Float32Array(data.length);
  for (let y = 0; y < size; y++) {
    const row = y * size;
    const get = (x) => smooth[row + Math.min(size - 1, Math.max(0, x))];
    for (let x = 0; x < size; x++) steep[row + x] = Math.abs(0.168 * (get(x + 2) - get(x - 2)) + 0.664 * (get(x + 1) - get(x - 1)));
  }
  const nearby = boxed(steep, size, size, 7 * PIXELS);
  const floor = (0.15 * nearby.reduce((sum, part) => sum + part, 0)) / nearby.length + 1e-3;
  for (let i = 0; i < steep.length; i++) steep[i] = Math.min(steep[i] / (nearby[i] + floor), 4) - 1;
  return steep;
}

const banks = new Map();

// For each point its first pixel, and for each wave number the windowed wave over its pixels: cosines and sines.
function bank(size, net) {
  const key = `${size}/${net}`;
  if (banks.has(key)) return banks.get(key);
  const points = Math.floor(size / PIXELS / net);
  const made = range(0, 1, points).map((point) => {
    const middle = (point + 0.5) * net * PIXELS;
    const [first, end] = [Math.max(0, Math.floor(middle - REACH)), Math.min(size, Math.ceil(middle + REACH))];
    const away = range(first, 1, end - first).map((pixel) => (pixel + 0.5 - middle) / PIXELS);
    const window = away.map((part) => Math.exp(-0.5 * (part / WINDOW) ** 2));
    const total = window.reduce((sum, part) => sum + part, 0);
    const waves = (numbers) =>
      numbers.map((number) => ({
        cos: Float32Array.from(away, (part, i) => (window[i] / total) * Math.cos(TAU * number * part)),
        sin: Float32Array.from(away, (part, i) => (-window[i] / total) * Math.sin(TAU * number * part)),
      }));
    return { first, length: end - first, scales: waves(SCALES), slants: waves(SLANTS) };
  });
  if (banks.size > 16) banks.clear();
  banks.set(key, made);
  return made;
}

// The strongest wave at each point of the net.
function strongest(steep, size, net) {
  const points = bank(size, net);
  const n = points.length;
  const wide = n * SCALES.length;
  const [re, im] = [new Float32Array(size * wide), new Float32Array(size * wide)]; // along, for every row of pixels
  for (let y = 0; y < size; y++) {
    for (let p = 0; p < n; p++) {
      const { first, length, scales } = points[p];
      for (let s = 0; s < scales.length; s++) {
        const { cos, sin } = scales[s];
        let [a, b] = [0, 0];
        for (let i = 0, from = y * size + first; i < length; i++, from++) {
          a += steep[from] * cos[i];
          b += steep[from] * sin[i];
        }
        re[y * wide + p * SCALES.length + s] = a;
        im[y * wide + p * SCALES.length + s] = b;
      }
    }
  }
  const net_ = { points: n, phase: new Float32Array(n * n), along: new Float32Array(n * n), across: new Float32Array(n * n), strength: new Float32Array(n * n) };
  const [sumA, sumB] = [new Float32Array(wide), new Float32Array(wide)];
  const whole = range(0, 1, SLANTS.length).map(() => [new Float32Array(wide), new Float32Array(wide)]);
  for (let q = 0; q < n; q++) {
    const { first, length, slants } = points[q];
    slants.forEach(({ cos, sin }, k) => {
      sumA.fill(0);
      sumB.fill(0);
      for (let i = 0; i < length; i++) {
        const [c, d, from] = [cos[i], sin[i], (first + i) * wide];
        for (let w = 0; w < wide; w++) {
          sumA[w] += c * re[from + w] - d * im[from + w];
          sumB[w] += c * im[from + w] + d * re[from + w];
        }
      }
      whole[k][0].set(sumA);
      whole[k][1].set(sumB);
    });
    for (let p = 0; p < n; p++) peak(net_, q * n + p, whole, p * SCALES.length);
  }
  return net_;
}

function peak(net, to, whole, from) {
  const size = (scale, slant) => Math.hypot(whole[slant][0][from + scale], whole[slant][1][from + scale]);
  let [best, scale, slant] = [-1, 0, 0];
  for (let s = 0; s < SCALES.length; s++) {
    for (let k = 0; k < SLANTS.length; k++) {
      const here = size(s, k);
      if (here > best) [best, scale, slant] = [here, s, k];
    }
  }
  net.strength[to] = best;
  net.phase[to] = Math.atan2(whole[slant][1][from + scale], whole[slant][0][from + scale]) / TAU;
  net.along[to] = between(SCALES, scale, (s) => size(s, slant));
  net.across[to] = between(SLANTS, slant, (k) => size(scale, k));
}

// The wave number between the bank's, by a parabola through three logarithms.
function between(numbers, at, size) {
  const inner = Math.min(numbers.length - 2, Math.max(1, at));
  const [before, here, after] = [-1, 0, 1].map((step) => Math.log(size(inner + step) + 1e-6));
  const bend = Math.min(before - 2 * here + after, -1e-3);
  const shift = Math.min(0.6, Math.max(-0.6, (0.5 * (before - after)) / bend));
  return numbers[inner] + shift * (numbers[1] - numbers[0]);
}
