// Pictures in bad light or from the side: equalised by parts, sharpened at their own size, blurred, stretched, made smaller. After qr/read.py.
import { Gray, halved, smeared } from "./pixels.js";

const LEVELS = 256;

/** Contrast-limited adaptive histogram equalisation (K. Zuiderveld, Graphics Gems IV, 1994) in `tiles` by `tiles` parts. */
export function equalised(picture, limit = 3, tiles = 8) {
  const { width, height, data } = picture;
  const [wide, high] = [Math.ceil(width / tiles), Math.ceil(height / tiles)];
  const curves = [];
  for (let row = 0; row < tiles; row++) for (let column = 0; column < tiles; column++) curves.push(curve(picture, column * wide, row * high, wide, high, limit));
  const made = new Gray(width, height);
  for (let y = 0, to = 0; y < height; y++) {
    const down = y / high - 0.5;
    const top = Math.max(0, Math.floor(down));
    const bottom = Math.min(tiles - 1, Math.floor(down) + 1);
    const lower = down - Math.floor(down);
    for (let x = 0; x < width; x++, to++) {
      const right = x / wide - 0.5;
      const near = Math.max(0, Math.floor(right));
      const far = Math.min(tiles - 1, Math.floor(right) + 1);
      const share = right - Math.floor(right);
      const level = data[to];
      const upper = curves[top * tiles + near][level] * (1 - share) + curves[top * tiles + far][level] * share;
      const under = curves[bottom * tiles + near][level] * (1 - share) + curves[bottom * tiles + far][level] * share;
      made.data[to] = upper * (1 - lower) + under * lower + 0.5;
    }
  }
  return made;
}

// What becomes of each level in one part. Beyond the edge the picture is mirrored, so that all parts have as many pixels.
function curve({ width, height, data }, left, top, wide, high, limit) {
  const counts = new Uint32Array(LEVELS);
  const mirrored = (at, size) => (at < size ? at : Math.max(0, 2 * size - 2 - at));
  for (let y = top; y < top + high; y++) {
    const row = mirrored(y, height) * width;
    for (let x = left; x < left + wide; x++) counts[data[row + mirrored(x, width)]]++;
  }
  const most = Math.max(1, Math.floor((limit * wide * high) / LEVELS));
  let over = 0;
  for (let level = 0; level < LEVELS; level++) {
    over += Math.max(0, counts[level] - most);
    counts[level] = Math.min(counts[level], most);
  }
  const each = Math.floor(over / LEVELS);
  const rest = over - each * LEVELS;
  const step = rest ? Math.max(1, Math.floor(LEVELS / rest)) : LEVELS;
  for (let level = 0; level < LEVELS; level++) counts[level] += each;
  for (let level = 0, left_ = rest; level < LEVELS && left_ > 0; level += step, left_--) counts[level]++;
  const made = new Uint8ClampedArray(LEVELS);
  for (let level = 0, sum = 0; level < LEVELS; level++) {
    sum += counts[level];
    made[level] = Math.round((sum * (LEVELS - 1)) / (wide * high));
  }
  return made;
}

/** picture + 1.5 · (picture − blurred). */
export function sharpened(picture) {
  const soft = smeared(picture).data;
  const sharp = new Uint8ClampedArray(soft.length);
  for (let i = 0; i < sharp.length; i++) sharp[i] = (5 * picture.data[i] - 3 * soft[i]) >> 1;
  return new Gray(picture.width, picture.height, sharp);
}

/** A Gaussian of about 2.4 pixels: what is left of strong noise or of a screen's own dots does not disturb a large code. */
export function softened(picture) {
  return smeared(smeared(smeared(picture)));
}

/** Another size, between the pixels by straight lines: for enlarging, and for a little smaller. */
export function resized(picture, width, height) {
  const made = new Gray(width, height);
  const [right, down] = [picture.width / width, picture.height / height];
  const lefts = new Int32Array(width);
  const shares = new Float32Array(width);
  for (let x = 0; x < width; x++) {
    const at = Math.min(picture.width - 1.001, Math.max(0, (x + 0.5) * right - 0.5));
    lefts[x] = at;
    shares[x] = at - lefts[x];
  }
  for (let y = 0, to = 0; y < height; y++) {
    const at = Math.min(picture.height - 1.001, Math.max(0, (y + 0.5) * down - 0.5));
    const upper = Math.floor(at) * picture.width;
    const lower = upper + picture.width;
    const share = at - Math.floor(at);
    for (let x = 0; x < width; x++, to++) {
      const i = lefts[x];
      const above = picture.data[upper + i] + shares[x] * (picture.data[upper + i + 1] - picture.data[upper + i]);
      const below = picture.data[lower + i] + shares[x] * (picture.data[lower + i + 1] - picture.data[lower + i]);
      made.data[to] = above + share * (below - above) + 0.5;
    }
  }
  return made;
}

/** At most `side` pixels on its longer side: by halves, which loses nothing between the pixels, and the rest by straight lines. */
export function smaller(picture, side) {
  let made = picture;
  while (Math.max(made.width, made.height) >= 2 * side) made = halved(made);
  const share = side / Math.max(made.width, made.height);
  return share < 1 ? resized(made, Math.max(1, Math.round(made.width * share)), Math.max(1, Math.round(made.height * share))) : made;
}

/** What is dark spread, what is bright pressed together. */
export function logarithm(picture) {
  return mapped(picture, (level) => (255 * Math.log1p(level / 6)) / Math.log1p(255 / 6));
}

/** All above the level that `share` of the pixels lie below made white: what lies in the shade gets the whole range. */
export function clipped(picture, share) {
  const counts = new Uint32Array(LEVELS);
  for (const level of picture.data) counts[level]++;
  let white = 0;
  for (let below = counts[0]; below < share * picture.data.length; below += counts[white]) white++;
  return mapped(picture, (level) => (255 * level) / Math.max(8, white));
}

function mapped({ width, height, data }, curve) {
  const levels = Uint8ClampedArray.from({ length: LEVELS }, (_, level) => curve(level));
  return new Gray(width, height, data.map((level) => levels[level]));
}

/** One axis longer: a code seen from the side is as narrow as this is wide. */
export function widened(picture, factor) {
  return resized(picture, Math.round(picture.width * factor), picture.height);
}

export function heightened(picture, factor) {
  return resized(picture, picture.width, Math.round(picture.height * factor));
}
