// Frames around what has the busy texture of a code, for codes that show no finder pattern to a reader. After qr/finders.py, but the way
// the code lies comes from its slopes: their directions, taken four times, agree.
import { Gray } from "../pixels.js";
import { boxed, inverse, perspective, seen } from "./geometry.js";

const SIDE = 640; // pixels: enough to see where a picture is busy
const LEAST = 40; // pixels of that, a side
const TEXTURES = 2; // places that are looked at
const LIKE = 0.45; // of the busiest parts' slopes
const FULL = 0.6; // of its box a code's texture fills
const KERNEL = 15; // pixels: gaps and bridges up to this are closed and cut

/** Frames {quad, modules} where a code may lie, the largest first. */
export function textured(picture) {
  const share = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const small = smaller(picture, share);
  const { busy, angles } = busyParts(small);
  return parts(busy, small.width, small.height)
    .sort((a, b) => b.length - a.length)
    .slice(0, TEXTURES)
    .map((pixels) => box(pixels, angles, small.width))
    .filter(({ wide, high, area }) => Math.min(wide, high) >= LEAST && area >= FULL * wide * high)
    .map(({ corners }) => corners.map(([x, y]) => [x / share, y / share]))
    .map((quad) => ({ quad, modules: counted(picture, quad) }));
}

function smaller(picture, share) {
  if (share === 1) return picture;
  const made = new Gray(Math.round(picture.width * share), Math.round(picture.height * share));
  const step = 1 / share;
  for (let y = 0, to = 0; y < made.height; y++) {
    const [top, bottom] = [Math.floor(y * step), Math.max(Math.floor(y * step) + 1, Math.floor((y + 1) * step))];
    for (let x = 0; x < made.width; x++) {
      const [left, right] = [Math.floor(x * step), Math.max(Math.floor(x * step) + 1, Math.floor((x + 1) * step))];
      let [sum, count] = [0, 0];
      for (let j = top; j < bottom && j < picture.height; j++) {
        for (let i = left; i < right && i < picture.width; i++, count++) sum += picture.data[j * picture.width + i];
      }
      made.data[to++] = sum / count;
    }
  }
  return made;
}

// Where slopes across and down are both frequent (1, else 0), and each slope's direction times four, weighed by its square.
function busyParts({ width, height, data }) {
  const count = data.length;
  const across = new Float32Array(count);
  const down = new Float32Array(count);
  const angles = [new Float32Array(count), new Float32Array(count)];
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, i = y * width + 1; x < width - 1; x++, i++) {
      const diagonal = data[i + width + 1] - data[i - width - 1];
      const other = data[i - width + 1] - data[i + width - 1];
      const right = diagonal + other + 2 * (data[i + 1] - data[i - 1]);
      const lower = diagonal - other + 2 * (data[i + width] - data[i - width]);
      across[i] = Math.abs(right);
      down[i] = Math.abs(lower);
      const square = right * right - lower * lower; // |g|² cos 2φ
      const twice = 2 * right * lower; // |g|² sin 2φ
      const size = right * right + lower * lower || 1;
      angles[0][i] = (square * square - twice * twice) / size;
      angles[1][i] = (2 * square * twice) / size;
    }
  }
  const one = boxed(across, width, height, 17);
  const other = boxed(down, width, height, 17);
  const density = one.map((part, i) => Math.min(part, other[i]));
  const some = density.filter((_, i) => i % 61 === 0).sort();
  const level = some[Math.floor(0.99 * some.length)] * LIKE;
  let busy = density.map((part) => (part > level ? 1 : 0));
  for (const full of [false, true, true, false]) busy = grown(busy, width, height, full); // closed, then opened
  return { busy, angles };
}

// A part grown by half the kernel, or (`full`) shrunk to where the whole kernel lies in it.
function grown(busy, width, height, full) {
  const share = boxed(busy, width, height, KERNEL);
  const least = full ? 1 - 0.5 / KERNEL ** 2 : 0.5 / KERNEL ** 2;
  return share.map((part) => (part > least ? 1 : 0));
}

// The pixels of each connected part.
function parts(busy, width, height) {
  const [left, found] = [Uint8Array.from(busy), []];
  for (let first = 0; first < left.length; first++) {
    if (!left[first]) continue;
    const pixels = [first];
    left[first] = 0;
    for (let i = 0; i < pixels.length; i++) {
      const [here, x] = [pixels[i], pixels[i] % width];
      for (const there of [x ? here - 1 : -1, x < width - 1 ? here + 1 : -1, here - width, here + width]) {
        if (there < 0 || there >= width * height || !left[there]) continue;
        left[there] = 0;
        pixels.push(there);
      }
    }
    if (pixels.length >= FULL * LEAST * LEAST) found.push(pixels);
  }
  return found;
}

function box(pixels, [cos, sin], width) {
  let [re, im] = [0, 0];
  for (const i of pixels) {
    re += cos[i];
    im += sin[i];
  }
  const angle = Math.atan2(im, re) / 4;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const [low, high] = [
    [Infinity, Infinity],
    [-Infinity, -Infinity],
  ];
  for (const i of pixels) {
    const [x, y] = [i % width, Math.floor(i / width)];
    [c * x + s * y, c * y - s * x].forEach((part, k) => {
      low[k] = Math.min(low[k], part);
      high[k] = Math.max(high[k], part + 1);
    });
  }
  const back = ([u, v]) => [c * u - s * v, s * u + c * v];
  const corners = [low, [high[0], low[1]], high, [low[0], high[1]]].map(back);
  return { corners, wide: high[0] - low[0], high: high[1] - low[1], area: pixels.length };
}

// About how many modules a side: the strongest beat of the slopes across and down.
function counted(picture, quad) {
  const side = 512;
  const square = [
    [0, 0],
    [side, 0],
    [side, side],
    [0, side],
  ];
  const view = perspective(quad, square);
  const flat = view && seen(picture, inverse(view), side).data;
  if (!flat) return 53;
  let beats = new Float32Array(side / 2 + 1);
  for (let line = 2; line < side; line += 4) {
    for (const [first, step] of [
      [line * side, 1],
      [line, side],
    ]) {
      const slope = new Float32Array(side);
      for (let i = 1; i < side; i++) slope[i] = Math.abs(flat[first + i * step] - flat[first + (i - 1) * step]);
      const mean = slope.reduce((sum, part) => sum + part, 0) / side;
      spectrum(slope.map((part) => part - mean)).forEach((size, i) => (beats[i] += size));
    }
  }
  const mean = (data, reach) =>
    data.map((_, i) => {
      let sum = 0;
      for (let k = Math.max(0, i - reach); k <= Math.min(data.length - 1, i + reach); k++) sum += data[k];
      return sum / (2 * reach + 1);
    });
  beats = mean(beats, 2);
  const nearby = mean(beats, 20);
  const [first, last] = [19, 180];
  const clear = beats.map((part, i) => part / (nearby[i] + 1e-6));
  const strongest = (from, to) => {
    let best = from;
    for (let i = from; i < to; i++) if (clear[i] > clear[best]) best = i;
    return best;
  };
  const best = strongest(first, last);
  if (best < 46) return best;
  // Where few neighbours are of one colour, the second harmonic may be the stronger one.
  const half = strongest(Math.max(first, (best >> 1) - 2), (best >> 1) + 3);
  return clear[half] > 0.7 * clear[best] ? half : best;
}

// The sizes of the discrete Fourier transform of a power of two of real numbers, up to the middle.
function spectrum(values) {
  const n = values.length;
  const [re, im] = [new Float32Array(n), new Float32Array(n)];
  for (let i = 0, j = 0; i < n; i++) {
    re[j] = values[i];
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const [c, s] = [Math.cos((-2 * Math.PI * k) / size), Math.sin((-2 * Math.PI * k) / size)];
      for (let i = k; i < n; i += size) {
        const j = i + half;
        const [x, y] = [c * re[j] - s * im[j], c * im[j] + s * re[j]];
        [re[j], im[j], re[i], im[i]] = [re[i] - x, im[i] - y, re[i] + x, im[i] + y];
      }
    }
  }
  return Array.from({ length: n / 2 + 1 }, (_, i) => Math.hypot(re[i], im[i]));
}
