// Grey pictures as bytes, and what makes a hard code readable: smaller, without noise, larger, sharper. The steps are those of qr/read.py.

/** A grey picture: `data` holds width × height bytes, 0 black to 255 white. */
export class Gray {
  constructor(width, height, data = new Uint8Array(width * height)) {
    this.width = width;
    this.height = height;
    this.data = data;
  }
}

/** The luminance of RGBA pixels (ITU-R BT.601, in 1024ths). */
export function gray({ width, height, data }) {
  const made = new Gray(width, height);
  const words = new Uint32Array(data.buffer, data.byteOffset, width * height);
  for (let i = 0; i < words.length; i++) {
    const pixel = words[i]; // little-endian on every machine that runs a browser: 0xAABBGGRR
    made.data[i] = ((pixel & 255) * 306 + ((pixel >> 8) & 255) * 601 + ((pixel >> 16) & 255) * 117 + 512) >> 10;
  }
  return made;
}

/** Half the size: each pixel the mean of four. */
export function halved({ width, height, data }) {
  const made = new Gray(width >> 1, height >> 1);
  for (let y = 0, to = 0; y < made.height; y++) {
    for (let x = 0, from = 2 * y * width; x < made.width; x++, from += 2) {
      made.data[to++] = (data[from] + data[from + 1] + data[from + width] + data[from + width + 1] + 2) >> 2;
    }
  }
  return made;
}

/** Without specks: each pixel the median of the nine around it. The edge stays as it is. */
export function median({ width, height, data }) {
  const made = new Gray(width, height, data.slice());
  const [low, middle, high] = Array.from({ length: 3 }, () => new Uint8Array(width));
  for (let y = 1; y < height - 1; y++) {
    sortColumns(data, (y - 1) * width, width, low, middle, high);
    // Of sorted columns the median is that of the largest minimum, the middle median and the smallest maximum.
    for (let x = 1, to = y * width + 1; x < width - 1; x++, to++) {
      made.data[to] = middleOf(
        largest(low[x - 1], low[x], low[x + 1]),
        middleOf(middle[x - 1], middle[x], middle[x + 1]),
        smallest(high[x - 1], high[x], high[x + 1]),
      );
    }
  }
  return made;
}

function sortColumns(data, top, width, low, middle, high) {
  for (let x = 0, at = top; x < width; x++, at++) {
    const a = data[at];
    const b = data[at + width];
    const c = data[at + 2 * width];
    const least = smallest(a, b, c);
    const most = largest(a, b, c);
    low[x] = least;
    high[x] = most;
    middle[x] = a + b + c - least - most;
  }
}

const smallest = (a, b, c) => (a < b ? (a < c ? a : c) : b < c ? b : c);
const largest = (a, b, c) => (a > b ? (a > c ? a : c) : b > c ? b : c);
const middleOf = (a, b, c) => (a > b ? (b > c ? b : a > c ? c : a) : a > c ? a : b > c ? c : b);

/** The middle of a picture, `share` of its width and height: there the hand holds the code. */
export function centre({ width, height, data }, share) {
  const made = new Gray(Math.floor(width * share), Math.floor(height * share));
  const [left, top] = [(width - made.width) >> 1, (height - made.height) >> 1];
  for (let y = 0; y < made.height; y++) {
    const from = (top + y) * width + left;
    made.data.set(data.subarray(from, from + made.width), y * made.width);
  }
  return made;
}

/** Twice the size, between the pixels by straight lines. */
export function doubled({ width, height, data }) {
  const made = new Gray(2 * width, 2 * height);
  const row = new Uint16Array(2 * width);
  for (let y = 0; y < made.height; y++) {
    // A new pixel lies a quarter from its nearest old one: three parts of that, one of the next.
    const near = y >> 1;
    const next = Math.min(height - 1, Math.max(0, near + (y & 1 ? 1 : -1)));
    stretched(row, data, near * width, next * width, width);
    for (let x = 0, to = y * made.width; x < made.width; x++) made.data[to++] = (row[x] + 8) >> 4;
  }
  return made;
}

function stretched(row, data, near, next, width) {
  let before = 3 * data[near] + data[next];
  let here = before;
  for (let x = 0; x < width; x++) {
    const after = x + 1 < width ? 3 * data[near + x + 1] + data[next + x + 1] : here;
    row[2 * x] = 3 * here + before;
    row[2 * x + 1] = 3 * here + after;
    before = here;
    here = after;
  }
}

/** Twice the size, and sharper: picture + 1.5 · (picture − blurred). The blur is made before the doubling, where it costs a quarter. */
export function doubledAndSharpened(picture) {
  const [made, blurred] = [doubled(picture), doubled(smeared(picture)).data];
  const sharp = new Uint8ClampedArray(made.data.length);
  for (let i = 0; i < sharp.length; i++) sharp[i] = (5 * made.data[i] - 3 * blurred[i]) >> 1;
  return new Gray(made.width, made.height, sharp);
}

/** Thrice a box of three, along rows and along columns: a Gaussian of sigma 1.4 pixels. The edge is repeated. */
export function smeared({ width, height, data }) {
  const [rows, made] = [new Gray(width, height), new Gray(width, height)];
  const padded = new Uint8Array(width + 6);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    padded.set(data.subarray(start, start + width), 3);
    padded.fill(data[start], 0, 3);
    padded.fill(data[start + width - 1], width + 3);
    for (let x = 0; x < width; x++) {
      rows.data[start + x] = weighed(padded[x], padded[x + 1], padded[x + 2], padded[x + 3], padded[x + 4], padded[x + 5], padded[x + 6]);
    }
  }
  const row = (y) => Math.min(height - 1, Math.max(0, y)) * width;
  for (let y = 0; y < height; y++) {
    let [a, b, c, d, e, f, g] = [-3, -2, -1, 0, 1, 2, 3].map((step) => row(y + step));
    const { data: from } = rows;
    for (let to = y * width, end = to + width; to < end; to++) {
      made.data[to] = weighed(from[a++], from[b++], from[c++], from[d++], from[e++], from[f++], from[g++]);
    }
  }
  return made;
}

// A twenty-seventh, rounded: 2427 / 65536.
const weighed = (a, b, c, d, e, f, g) => ((a + g + 3 * (b + f) + 6 * (c + e) + 7 * d) * 2427 + 32768) >> 16;
