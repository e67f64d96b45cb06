// Which looks at a picture are tried, and when to stop: after qr/read.py, but on zxing alone, because it is the one reader in a browser.
// What each look adds was measured on simulated photographs: enlarging reads a fifth more than the plain look, sharpening and the median
// the rest.
import { clipped, equalised, heightened, logarithm, sharpened, smaller, softened, widened } from "./light.js";
import { centre, doubled, doubledAndSharpened, halved, median } from "./pixels.js";

const FIRST_SIDE = 1280; // pixels: a larger photo is tried at this longest side first,
const SECOND_SIDE = 1920; // then at this one, then as it is by the plain look
const FINE_SIDE = 2560;
const SMALL_SIDE = 720; // pixels: a code that fills the picture is read best when it is small
const MOST_ENLARGED = 1280 * 720; // pixels: of a larger live picture the middle is enlarged, for there the hand holds the code

// `again`: also looks for what was seen beside a code that was read.
const PLAIN = { name: "plain", of: (picture) => picture, again: true };
const HALF = { name: "half size", of: halved, again: true };
const MEDIAN = { name: "median", of: median, again: true };
const ENLARGED = { name: "enlarged", of: doubled };
const TWICE_SHARPENED = { name: "enlarged and sharpened", of: doubledAndSharpened };
const CLEANED = { name: "median, enlarged", of: (picture) => doubled(median(picture)) };
const EQUALISED = { name: "equalised", of: (picture) => equalised(picture) };
const SMALL = { name: "small and equalised", of: (picture) => equalised(smaller(picture, SMALL_SIDE), 4, 16) };
const SHARPENED = { name: "sharpened", of: sharpened };
const SOFTENED = { name: "softened", of: softened };
const WIDENED = { name: "stretched across", of: (picture) => widened(picture, 1.8) };
const HEIGHTENED = { name: "stretched down", of: (picture) => heightened(picture, 1.8) };
const LOGARITHM = { name: "logarithm", of: logarithm };
const SHADES = [0.6, 0.35].map((share) => ({ name: `shade at ${100 * share} %`, of: (picture) => clipped(picture, share) }));
/** Made flat: `texts` reads by itself. On a live picture only where a code was seen and not read, on a still one wherever there may be one. */
const SEEN_FLATTENED = { name: "flattened where seen", texts: (picture, { flattened, failed }) => flattened(picture, [failed]) };
const FLATTENED = {
  name: "flattened",
  texts: (picture, { flattened, failed, textured }) => flattened(picture, [failed, textured]),
  again: true,
};

/** Live: the plain look at every frame, one more in turn, so that no frame costs much more than another. */
const IN_TURN = [
  ...[ENLARGED, HALF, TWICE_SHARPENED, MEDIAN, SEEN_FLATTENED].map(ofMiddle),
  ...[EQUALISED, WIDENED, SMALL, HEIGHTENED].map(ofMiddle),
];
export const TURNS = IN_TURN.length;

function ofMiddle(look) {
  const whole = [HALF, SMALL, SEEN_FLATTENED].includes(look);
  return whole ? look : { ...look, of: (picture) => look.of(middle(picture)) };
}

function middle(picture) {
  const share = Math.sqrt(MOST_ENLARGED / (picture.width * picture.height));
  return share < 1 ? centre(picture, share) : picture;
}

/** What to try on frame number `turn` of a live picture. */
export function live(turn) {
  return [PLAIN, IN_TURN[turn % TURNS]];
}

/** What to try on a still picture, the cheap looks first: of the whole of it, for in a photograph a code may lie anywhere. */
export function still({ width, height }) {
  const longest = Math.max(width, height);
  const quick = [PLAIN, HALF, MEDIAN];
  const deep = [ENLARGED, TWICE_SHARPENED, CLEANED, EQUALISED, SMALL, SHARPENED, SOFTENED, WIDENED, HEIGHTENED];
  const light = [LOGARITHM, ...SHADES];
  if (longest <= FIRST_SIDE) return [...quick, ...deep, FLATTENED, ...light];
  return [
    ...at(FIRST_SIDE, quick),
    ...at(SECOND_SIDE, quick),
    ...(longest > SECOND_SIDE ? [PLAIN] : []),
    ...at(FIRST_SIDE, deep),
    ...at(SECOND_SIDE, [FLATTENED]),
    ...at(FIRST_SIDE, light),
    ...at(SECOND_SIDE, [EQUALISED]),
    ...at(longest >= FINE_SIDE ? FINE_SIDE : SECOND_SIDE, longest >= FINE_SIDE ? [SHARPENED] : [TWICE_SHARPENED]),
  ];
}

function at(side, looks) {
  return looks.map((look) => ({ ...look, name: `${look.name} at ${side}`, side }));
}

/**
 * The texts of all codes up to the first look that finds one of ours, foreign ones too, and that look's name; null if none finds one of
 * ours. `reader.decode` gives a picture's texts, `ours` knows the form of a seal. With `beside`, codes that this look saw and could not
 * read are looked for by the quick looks and by flattening.
 */
export function read(picture, steps, { reader, ours, beside = false }) {
  const found = new Set();
  const sizes = new Map(); // each size is made once
  const sized = (side) => (side ? (sizes.get(side) ?? sizes.set(side, smaller(picture, side)).get(side)) : picture);
  const look = ({ side, of, texts }) => {
    const read = [...new Set(texts ? texts(sized(side), reader) : reader.decode(of(sized(side))))].filter(Boolean);
    read.forEach((text) => found.add(text));
    return read;
  };
  for (const [number, step] of steps.entries()) {
    if (!look(step).some(ours)) continue;
    if (beside && reader.failed(sized(step.side)).length) steps.slice(number + 1).filter(({ again }) => again).forEach(look);
    return { texts: [...found], step: step.name };
  }
  return { texts: [...found], step: null };
}
