// The codewords of a QR code among its modules, and mending them with erasures. After qr/codewords.py (ISO/IEC 18004:2015 §7.5–7.9).
import { pattern } from "./patterns.js";
import { mended as mendedBlock } from "./solomon.js";

const LEVELS = "MLHQ"; // by their two bits, Table 12
const numbers = (text) => text.split(" ").map(Number);
// Check octets of a block and number of blocks, by level and version, Table 9.
const CHECK = {
  L: numbers("7 10 15 20 26 18 20 24 30 18 20 24 26 30 22 24 28 30 28 28 28 28 30 30 26 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30"),
  M: numbers("10 16 26 18 24 16 18 22 22 26 30 22 22 24 24 28 28 26 26 26 26 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28 28"),
  Q: numbers("13 22 18 26 18 24 18 22 20 24 28 26 24 20 30 24 28 28 26 30 28 30 30 30 30 28 30 30 30 30 30 30 30 30 30 30 30 30 30 30"),
  H: numbers("17 28 22 16 22 28 26 26 24 28 24 28 22 24 24 30 28 28 26 28 30 24 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30"),
};
const BLOCKS = {
  L: numbers("1 1 1 1 1 2 2 2 2 4 4 4 4 4 6 6 6 6 7 8 8 9 9 10 12 12 12 13 14 15 16 17 18 19 19 20 21 22 24 25"),
  M: numbers("1 1 1 2 2 4 4 4 5 5 5 8 9 9 10 10 11 13 14 16 17 17 18 20 21 23 25 26 28 29 31 33 35 37 38 40 43 45 47 49"),
  Q: numbers("1 1 2 2 4 4 6 6 8 8 8 10 12 16 12 17 16 18 21 20 23 23 25 27 29 34 34 35 38 40 43 45 48 51 53 56 59 62 65 68"),
  H: numbers("1 1 2 4 4 4 5 6 8 8 11 11 16 16 18 16 19 21 25 25 25 34 30 32 35 37 40 42 45 48 51 54 57 60 63 66 70 74 77 81"),
};
const [FORMAT_MASK, FORMAT_DIVISOR] = [0x5412, 0x537];
const MOST_FORMAT_ERRORS = 8; // of 30 bits, both copies
const STEPS = 6; // how many numbers of erasures are tried for a block
const SPARE = 4; // check octets that must be left over where erasures are used
const LEAST_AGREEMENT = 0.7; // of the modules

/** The modules (a byte each, upright) with all their errors mended, the least certain given up first; null if there are too many. */
export function mended(dark, certain, side) {
  for (const form of formats(dark, side)) {
    const made = mendedAs(dark, certain, side, form);
    if (made && made.filter((part, i) => part === dark[i]).length >= LEAST_AGREEMENT * made.length) return made;
  }
  return null;
}

function mendedAs(dark, certain, side, form) {
  const places = order(side);
  const masked = (place) => MASKS[form.mask](Math.floor(place / side), place % side);
  const whole = places.length >> 3;
  const [octets, sure] = [new Uint8Array(whole), new Float32Array(whole).fill(Infinity)];
  for (let bit = 0; bit < whole * 8; bit++) {
    const place = places[bit];
    octets[bit >> 3] |= (dark[place] ^ masked(place)) << (7 - (bit & 7));
    sure[bit >> 3] = Math.min(sure[bit >> 3], certain[place]);
  }
  for (const { at, check } of blocks(form.level, (side - 17) / 4, whole)) {
    const block = mendedByErasures(
      at.map((i) => octets[i]),
      at.map((i) => sure[i]),
      check,
    );
    if (!block) return null;
    block.forEach((octet, i) => (octets[at[i]] = octet));
  }
  const made = pattern(side).dark.slice();
  for (const [bit, place] of formatPlaces(side)) made[place] = (form.word >> (14 - bit)) & 1;
  places.forEach((place, bit) => (made[place] = (bit < whole * 8 ? (octets[bit >> 3] >> (7 - (bit & 7))) & 1 : 0) ^ masked(place)));
  return made;
}

// Without erasures, then with more and more of the least certain octets given up (generalised minimum distance).
function mendedByErasures(octets, sure, check) {
  const plain = mendedBlock(octets, check);
  if (plain) return plain;
  const doubtful = [...sure.keys()].sort((a, b) => sure[a] - sure[b]);
  const spare = Math.min(SPARE, Math.floor(check / 3));
  const [first, last] = [check >> 2, check - spare];
  const counts = new Set(Array.from({ length: STEPS }, (_, i) => Math.floor(first + ((last - first) * i) / (STEPS - 1))));
  for (const count of counts) {
    const made = mendedBlock(octets, check, doubtful.slice(0, count), spare);
    if (made) return made;
  }
  return null;
}

const orders = new Map();

// The data modules in the order of their bits: two columns at a time, up and down, from the lower right.
function order(side) {
  if (orders.has(side)) return orders.get(side);
  const taken = pattern(side).known.slice();
  for (const [, place] of formatPlaces(side)) taken[place] = 1;
  const places = [];
  let upwards = true;
  for (let right = side - 1; right > 0; right -= 2, upwards = !upwards) {
    if (right === 6) right--;
    for (let step = 0; step < side; step++) {
      const row = upwards ? side - 1 - step : step;
      for (const place of [row * side + right, row * side + right - 1]) if (!taken[place]) places.push(place);
    }
  }
  orders.set(side, places);
  return places;
}

// For each block the places of its octets among all, its data first, and how many of them are check octets.
function blocks(level, version, whole) {
  const [check, count] = [CHECK[level][version - 1], BLOCKS[level][version - 1]];
  const data = whole - check * count;
  const shortest = Math.floor(data / count);
  const short = count - (data % count);
  return Array.from({ length: count }, (_, number) => {
    const at = Array.from({ length: shortest }, (_, step) => count * step + number);
    if (number >= short) at.push(count * shortest + number - short);
    for (let step = 0; step < check; step++) at.push(data + count * step + number);
    return { at, check };
  });
}

const half = (part) => part >> 1;
const third = (part) => Math.floor(part / 3);
const MASKS = [
  (i, j) => (i + j) % 2,
  (i) => i % 2,
  (i, j) => j % 3,
  (i, j) => (i + j) % 3,
  (i, j) => (half(i) + third(j)) % 2,
  (i, j) => ((i * j) % 2) + ((i * j) % 3),
  (i, j) => (((i * j) % 2) + ((i * j) % 3)) % 2,
  (i, j) => (((i + j) % 2) + ((i * j) % 3)) % 2,
].map((rule) => (i, j) => (rule(i, j) === 0 ? 1 : 0));

// Bit (0 is the highest) and place of the modules of both copies of the format information.
function formatPlaces(side) {
  const column = [0, 1, 2, 3, 4, 5, 7, 8].map((x) => [8, x]);
  const row = [7, 5, 4, 3, 2, 1, 0].map((y) => [y, 8]);
  const first = [...column, ...row];
  const second = Array.from({ length: 15 }, (_, i) => (i < 7 ? [side - 1 - i, 8] : [8, side - 15 + i]));
  return [...first.entries(), ...second.entries()].map(([bit, [y, x]]) => [bit, y * side + x]);
}

const WORDS = Array.from({ length: 32 }, (_, value) => {
  let rest = value << 10;
  for (let bit = 14; bit > 9; bit--) if ((rest >> bit) & 1) rest ^= FORMAT_DIVISOR << (bit - 10);
  return { word: ((value << 10) | rest) ^ FORMAT_MASK, level: LEVELS[value >> 3], mask: value & 7 };
});

const bits = (value) => {
  let count = 0;
  for (; value; value &= value - 1) count++;
  return count;
};

// The likeliest format information, and the next one if it is about as likely.
function formats(dark, side) {
  const copies = [0, 0];
  formatPlaces(side).forEach(([bit, place], i) => (copies[i < 15 ? 0 : 1] |= dark[place] << (14 - bit)));
  const by = WORDS.map((form) => ({ form, errors: copies.map((copy) => bits(copy ^ form.word)) }));
  by.sort((a, b) => a.errors[0] + a.errors[1] - b.errors[0] - b.errors[1] || Math.min(...a.errors) - Math.min(...b.errors));
  const close = ({ errors }) => errors[0] + errors[1] <= MOST_FORMAT_ERRORS || Math.min(...errors) <= 3;
  return by
    .slice(0, 2)
    .filter(close)
    .map(({ form }) => form);
}
