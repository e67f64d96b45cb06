// Which looks at a picture are tried, and when to stop: the twin of qr/read.py, on zxing alone, because it is the one reader in a browser.
import { centre, doubled, halved, median, sharpened } from "./pixels.js";

const CENTRE = 0.5; // share of width and height that is enlarged in a live frame
const FIRST_SIDE = 1920; // pixels: a larger photo is tried at half its size first
const LARGEST_DOUBLED = 1280; // a photo's enlarged look is at its middle if it is larger than this

/** Live: the plain look at every frame, one more in turn, so that no frame costs much more than another. */
const IN_TURN = [
  { name: "half size", of: halved },
  { name: "centre, enlarged and sharpened", of: (picture) => sharpened(doubled(centre(picture, CENTRE))) },
  { name: "median", of: median },
];
const PLAIN = { name: "plain", of: (picture) => picture };

/** What to try on frame number `turn` of a live picture. */
export function live(turn) {
  return [PLAIN, IN_TURN[turn % IN_TURN.length]];
}

/** What to try on a still picture, the cheap looks first. */
export function still({ width, height }) {
  const longest = Math.max(width, height);
  const small = longest > FIRST_SIDE;
  const enlarged = (picture) =>
    sharpened(doubled(longest > LARGEST_DOUBLED ? centre(picture, LARGEST_DOUBLED / longest) : picture));
  return [
    ...(small ? [{ name: "half size", of: halved }] : []),
    PLAIN,
    ...(small ? [{ name: "quarter size", of: (picture) => halved(halved(picture)) }] : [{ name: "half size", of: halved }]),
    { name: "median", of: median },
    { name: "sharpened", of: sharpened },
    { name: "half size, sharpened", of: (picture) => sharpened(halved(picture)) },
    { name: "enlarged and sharpened", of: enlarged },
  ];
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
