// Views from one plane to another, and what grey pictures look like through them.

/** The 3×3 view, row by row, that leads each of four points [x, y] to its counterpart; null where there is none. */
export function perspective(from, to) {
  const rows = [];
  from.forEach(([x, y], i) => {
    const [u, v] = to[i];
    rows.push([x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]);
  });
  const solved = solve(rows);
  return solved && [...solved, 1];
}

/** Solve n equations, each of n coefficients and the right side, by elimination; null where they are not independent. */
export function solve(rows) {
  const n = rows.length;
  for (let at = 0; at < n; at++) {
    let best = at;
    for (let i = at + 1; i < n; i++) if (Math.abs(rows[i][at]) > Math.abs(rows[best][at])) best = i;
    if (!(Math.abs(rows[best][at]) > 1e-12)) return null;
    [rows[at], rows[best]] = [rows[best], rows[at]];
    for (let i = 0; i < n; i++) {
      if (i === at) continue;
      const share = rows[i][at] / rows[at][at];
      if (share) for (let j = at; j <= n; j++) rows[i][j] -= share * rows[at][j];
    }
  }
  return rows.map((row, i) => row[n] / row[i]);
}

/** The view back; null where there is none. */
export function inverse([a, b, c, d, e, f, g, h, i]) {
  const [A, B, C] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const area = a * A + b * B + c * C;
  if (!(Math.abs(area) > 1e-12)) return null;
  return [A, c * h - b * i, b * f - c * e, B, a * i - c * g, c * d - a * f, C, b * g - a * h, a * e - b * d].map((part) => part / area);
}

/** The brightness at (x, y), between pixels by straight lines; beyond the edge that of the edge. */
export function at({ width, height, data }, x, y) {
  const cx = x > 0 ? Math.min(x, width - 1) : 0;
  const cy = y > 0 ? Math.min(y, height - 1) : 0;
  const left = Math.min(width - 2, Math.floor(cx));
  const top = Math.min(height - 2, Math.floor(cy));
  const right = cx - left;
  const from = top * width + left;
  const upper = data[from] + right * (data[from + 1] - data[from]);
  const lower = data[from + width] + right * (data[from + width + 1] - data[from + width]);
  return upper + (cy - top) * (lower - upper);
}

/** The picture, `size` a side, of which `back` leads to the given one. */
export function seen(picture, back, size) {
  const data = new Float32Array(size * size);
  const [a, b, c, d, e, f, g, h, i] = back;
  for (let y = 0, to = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const scale = g * x + h * y + i;
      data[to++] = at(picture, (a * x + b * y + c) / scale, (d * x + e * y + f) / scale);
    }
  }
  return { width: size, height: size, data };
}

/** Columns made rows. */
export function transposed(data, size) {
  const made = new Float32Array(data.length);
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) made[x * size + y] = data[y * size + x];
  return made;
}

/** A Gaussian blur along rows and columns; the edge is repeated. */
export function blurred(data, width, height, sigma) {
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / sigma) ** 2));
  const total = kernel.reduce((sum, part) => sum + part, 0);
  const pass = (from, along, across, step, stride) => {
    const made = new Float32Array(from.length);
    for (let j = 0; j < across; j++) {
      for (let i = 0; i < along; i++) {
        let sum = 0;
        for (let k = -reach; k <= reach; k++) sum += kernel[k + reach] * from[j * stride + Math.min(along - 1, Math.max(0, i + k)) * step];
        made[j * stride + i * step] = sum / total;
      }
    }
    return made;
  };
  return pass(pass(data, width, height, 1, width), height, width, width, 1);
}

/** The mean of a box of `size` by `size` around each pixel; the edge is repeated. */
export function boxed(data, width, height, size) {
  const [before, after] = [size >> 1, (size - 1) >> 1];
  const pass = (from, along, across, step, stride) => {
    const made = new Float32Array(from.length);
    for (let j = 0; j < across; j++) {
      const get = (i) => from[j * stride + Math.min(along - 1, Math.max(0, i)) * step];
      let sum = 0;
      for (let k = -before; k <= after; k++) sum += get(k);
      for (let i = 0; i < along; i++) {
        made[j * stride + i * step] = sum / size;
        sum += get(i + after + 1) - get(i - before);
      }
    }
    return made;
  };
  return pass(pass(data, width, height, 1, width), height, width, width, 1);
}

/** The largest (or, with sign -1, the smallest) value of a box of `size` by `size` around each pixel. */
export function extreme(data, width, height, size, sign = 1) {
  const reach = size >> 1;
  const pass = (from, along, across, step, stride) => {
    const made = new Float32Array(from.length);
    for (let j = 0; j < across; j++) {
      for (let i = 0; i < along; i++) {
        let most = -Infinity;
        for (let k = Math.max(0, i - reach); k <= Math.min(along - 1, i + reach); k++) most = Math.max(most, sign * from[j * stride + k * step]);
        made[j * stride + i * step] = sign * most;
      }
    }
    return made;
  };
  return pass(pass(data, width, height, 1, width), height, width, width, 1);
}
