// Which looks at a picture are tried, and when to stop: after qr/read.py, but on zxing alone, because it is the one reader in a browser.
// What each look adds was measured on simulated photographs: enlarging reads a fifth more than the plain look, sharpening and the median
// the rest.
import { centre, doubled, doubledAndSharpened, halved, median } from "./pixels.js";

const FIRST_SIDE = 1920; // pixels: a larger photo is tried at half its size first
const MOST_ENLARGED = 1280 * 720; // pixels: of a larger picture the middle is enlarged, for there the hand holds the code

const PLAIN = { name: "plain", of: (picture) => picture };
const HALF = { name: "half size", of: halved };
const MEDIAN = { name: "median", of: (picture) => median(middle(picture)) };
const ENLARGED = { name: "enlarged", of: (picture) => doubled(middle(picture)) };
const SHARPENED = { name: "enlarged and sharpened", of: (picture) => doubledAndSharpened(middle(picture)) };
const CLEANED = { name: "median, enlarged", of: (picture) => doubled(median(middle(picture))) };

/** Live: the plain look at every frame, one more in turn, so that no frame costs much more than another. */
const IN_TURN = [ENLARGED, HALF, SHARPENED, MEDIAN];
export const TURNS = IN_TURN.length;

function middle(picture) {
  const share = Math.sqrt(MOST_ENLARGED / (picture.width * picture.height));
  return share < 1 ? centre(picture, share) : picture;
}

/** What to try on frame number `turn` of a live picture. */
export function live(turn) {
  return [PLAIN, IN_TURN[turn % TURNS]];
}

/** What to try on a still picture, the cheap looks first. */
export function still({ width, height }) {
  const looks = [PLAIN, HALF, MEDIAN, ENLARGED, SHARPENED, CLEANED];
  if (Math.max(width, height) <= FIRST_SIDE) return looks;
  const atHalf = looks.map(({ name, of }) => ({ name: `half size: ${name}`, of: (picture) => of(halved(picture)) }));
  return [...atHalf, PLAIN, ENLARGED, SHARPENED];
}

/**
 * The texts of the first look that finds one of ours: all of that look, foreign ones too, and the look's name.
 * If none finds one of ours, all foreign texts of all looks. `decode` gives a picture's texts, `ours` knows the form of a seal.
 */
export function read(picture, steps, { decode, ours }) {
  const foreign = new Set();
  for (const { name, of } of steps) {
    const texts = [...new Set(decode(of(picture)))].filter(Boolean);
    if (texts.some(ours)) return { texts, step: name };
    texts.forEach((text) => foreign.add(text));
  }
  return { texts: [...foreign], step: null };
}
