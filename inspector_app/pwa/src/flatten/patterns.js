// The modules that every QR code of a version has. After qr/patterns.py (ISO/IEC 18004:2015 §6.3, §7.10, Annexes D and E).
const ring = (y, x) => Math.max(Math.abs(y), Math.abs(x));

/** A finder pattern with its light ring: 9 by 9, 1 where dark. */
export const FINDER = Uint8Array.from({ length: 81 }, (_, i) => {
  const away = ring(Math.floor(i / 9) - 4, (i % 9) - 4);
  return away !== 2 && away !== 4 ? 1 : 0;
});
const VERSION_DIVISOR = 0x1f25;
const made = new Map();

/** The function patterns of a code of `side` modules, and which modules they are: {dark, known}, a byte a module. */
export function pattern(side) {
  if (!made.has(side)) made.set(side, drawn(side));
  return made.get(side);
}

function drawn(side) {
  const [dark, known] = [new Uint8Array(side * side), new Uint8Array(side * side)];
  const set = (row, column, value) => {
    if (row < 0 || column < 0 || row >= side || column >= side) return;
    [dark[row * side + column], known[row * side + column]] = [value ? 1 : 0, 1];
  };
  for (const [row, column] of [
    [3, 3],
    [3, side - 4],
    [side - 4, 3],
  ]) {
    FINDER.forEach((value, i) => set(row + Math.floor(i / 9) - 4, column + (i % 9) - 4, value));
  }
  for (let beat = 8; beat < side - 8; beat++) {
    set(6, beat, beat % 2 === 0);
    set(beat, 6, beat % 2 === 0);
  }
  const centres = alignment(side);
  const last = centres.length - 1;
  for (const [i, row] of centres.entries()) {
    for (const [j, column] of centres.entries()) {
      if ((i === 0 && (j === 0 || j === last)) || (i === last && j === 0)) continue; // finder patterns stand there
      for (let k = 0; k < 25; k++) {
        const [y, x] = [Math.floor(k / 5) - 2, (k % 5) - 2];
        set(row + y, column + x, ring(y, x) !== 1);
      }
    }
  }
  set(side - 8, 8, 1);
  versionInformation(side, set);
  return { dark, known };
}

function alignment(side) {
  const version = (side - 17) / 4;
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = version === 32 ? 26 : Math.floor((version * 4 + count * 2 + 1) / (count * 2 - 2)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => side - 7 - step * i).sort((a, b) => a - b)];
}

function versionInformation(side, set) {
  const version = (side - 17) / 4;
  if (version < 7) return;
  let rest = version << 12;
  for (let bit = 17; bit > 11; bit--) if ((rest >> bit) & 1) rest ^= VERSION_DIVISOR << (bit - 12);
  const word = (version << 12) | rest;
  for (let bit = 0; bit < 18; bit++) {
    const [row, column] = [Math.floor(bit / 3), side - 11 + (bit % 3)];
    set(row, column, (word >> bit) & 1);
    set(column, row, (word >> bit) & 1);
  }
}
