// Which looks at a picture are tried, and when to stop: after qr/read.py, but on zxing alone, because it is the one reader in a browser.
// What each look adds was measured on simulated photographs: enlarging reads a fifth more than the plain look, sharpening and the median
// the rest.
import { equalised, heightened, resized, sharpened, softened, widened } from "./light.js";
import { centre, doubled, doubledAndSharpened, halved, median } from "./pixels.js";

const FIRST_SIDE = 1920; // pixels: a larger photo is tried at half its size first
const SMALL_SIDE = 720; // pixels: a code that fills the picture is read best when it is small
const MOST_ENLARGED = 1280 * 720; // pixels: of a larger picture the middle is enlarged, for there the hand holds the code

const PLAIN = { name: "plain", of: (picture) => picture };
const HALF = { name: "half size", of: halved };
const MEDIAN = { name: "median", of: (picture) => median(middle(picture)) };
const ENLARGED = { name: "enlarged", of: (picture) => doubled(middle(picture)) };
const TWICE_SHARPENED = { name: "enlarged and sharpened", of: (picture) => doubledAndSharpened(middle(picture)) };
const CLEANED = { name: "median, enlarged", of: (picture) => doubled(median(middle(picture))) };
const EQUALISED = { name: "equalised", of: (picture) => equalised(middle(picture)) };
const SMALL = { name: "small and equalised", of: (picture) => equalised(small(picture), 4, 16) };
const SHARPENED = { name: "sharpened", of: (picture) => sharpened(middle(picture)) };
const SOFTENED = { name: "softened", of: (picture) => softened(middle(picture)) };
const WIDENED = { name: "stretched across", of: (picture) => widened(middle(picture), 1.8) };
const HEIGHTENED = { name: "stretched down", of: (picture) => heightened(middle(picture), 1.8) };
/** Made flat: `texts` reads by itself. On a live picture only where a code was seen and not read, on a still one wherever there may be one. */
const SEEN_FLATTENED = { name: "flattened where seen", texts: (picture, { flattened, failed }) => flattened(picture, [failed]) };
const FLATTENED = { name: "flattened", texts: (picture, { flattened, failed, textured }) => flattened(picture, [failed, textured]) };

/** Live: the plain look at every frame, one more in turn, so that no frame costs much more than another. */
const IN_TURN = [ENLARGED, HALF, TWICE_SHARPENED, MEDIAN, SEEN_FLATTENED, EQUALISED, WIDENED, SMALL, HEIGHTENED];
export const TURNS = IN_TURN.length;

function middle(picture) {
  const share = Math.sqrt(MOST_ENLARGED / (picture.width * picture.height));
  return share < 1 ? centre(picture, share) : picture;
}

function small(picture) {
  let made = picture;
  while (Math.max(made.width, made.height) >= 2 * SMALL_SIDE) made = halved(made);
  const share = SMALL_SIDE / Math.max(made.width, made.height);
  return share < 1 ? resized(made, Math.round(made.width * share), Math.round(made.height * share)) : made;
}

/** What to try on frame number `turn` of a live picture. */
export function live(turn) {
  return [PLAIN, IN_TURN[turn % TURNS]];
}

/** What to try on a still picture, the cheap looks first. */
export function still({ width, height }) {
  const quick = [PLAIN, HALF, MEDIAN, ENLARGED, TWICE_SHARPENED, CLEANED];
  const deep = [EQUALISED, SMALL, SHARPENED, SOFTENED, WIDENED, HEIGHTENED, FLATTENED];
  if (Math.max(width, height) <= FIRST_SIDE) return [...quick, ...deep];
  const atHalf = [...quick, ...deep].map(({ name, of, texts }) => ({
    name: `half size: ${name}`,
    of: of && ((picture) => of(halved(picture))),
    texts: texts && ((picture, reader) => texts(halved(picture), reader)),
  }));
  return [...atHalf, PLAIN, ENLARGED, TWICE_SHARPENED, FLATTENED];
}

/**
 * The texts of the first look that finds one of ours: all of that look, foreign ones too, and the look's name.
 * If none finds one of ours, all foreign texts of all looks. `reader.decode` gives a picture's texts, `ours` knows the form of a seal.
 */
export function read(picture, steps, { reader, ours }) {
  const foreign = new Set();
  for (const { name, of, texts: readBy } of steps) {
    const texts = [...new Set(readBy ? readBy(picture, reader) : reader.decode(of(picture)))].filter(Boolean);
    if (texts.some(ours)) return { texts, step: name };
    texts.forEach((text) => foreign.add(text));
  }
  return { texts: [...foreign], step: null };
}
