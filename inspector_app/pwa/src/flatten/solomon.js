// Reed–Solomon over GF(256) with errors and erasures. After qr/reed_solomon.py (ISO/IEC 18004:2015 Annex A).
const [POWERS, LOGARITHMS] = [new Uint8Array(512), new Uint8Array(256)];
for (let exponent = 0, value = 1; exponent < 255; exponent++) {
  [POWERS[exponent], POWERS[exponent + 255], LOGARITHMS[value]] = [value, value, exponent];
  value = (value << 1) ^ (value & 0x80 ? 0x11d : 0);
}
const times = (one, other) => (one && other ? POWERS[LOGARITHMS[one] + LOGARITHMS[other]] : 0);
const over = (one, other) => (one ? POWERS[LOGARITHMS[one] + 255 - LOGARITHMS[other]] : 0);
const power = (exponent) => POWERS[((exponent % 255) + 255) % 255];

/** The block (data, then `check` octets) with its errors and the `erased` places mended, `spare` check octets left over; null if it cannot be. */
export function mended(block, check, erased = [], spare = 0) {
  const syndromes = syndromesOf(block, check);
  if (!syndromes.some(Boolean)) return [...block];
  if (erased.length > check - spare) return null;
  const locator = located(
    syndromes,
    erased.map((place) => block.length - 1 - place),
    check,
  );
  const errors = locator.length - 1 - erased.length;
  if (errors < 0 || 2 * errors + erased.length > check - spare) return null;
  const places = roots(locator, block.length);
  if (places.length !== locator.length - 1) return null;
  const made = [...block];
  values(syndromes, locator, places).forEach((value, i) => (made[block.length - 1 - places[i]] ^= value));
  return syndromesOf(made, check).some(Boolean) ? null : made;
}

// The block's polynomial at α⁰ … α^(check−1), by Horner's rule.
function syndromesOf(block, check) {
  return Array.from({ length: check }, (_, exponent) => block.reduce((sum, octet) => times(sum, POWERS[exponent]) ^ octet, 0));
}

// Berlekamp–Massey, begun with the locator of the erasures; lowest power first.
function located(syndromes, erased, check) {
  let locator = [1];
  for (const exponent of erased) {
    const root = power(exponent);
    locator = [...locator, 0].map((part, i) => part ^ times(root, i ? locator[i - 1] : 0));
  }
  let [previous, length, gap, last] = [locator, erased.length, 1, 1];
  for (let step = erased.length; step < check; step++) {
    const off = locator.slice(0, step + 1).reduce((sum, part, i) => sum ^ times(part, syndromes[step - i]), 0);
    if (!off) {
      gap++;
      continue;
    }
    const scale = over(off, last);
    const changed = Array.from(
      { length: Math.max(locator.length, previous.length + gap) },
      (_, i) => (locator[i] ?? 0) ^ (i >= gap ? times(scale, previous[i - gap] ?? 0) : 0),
    );
    if (2 * (length - erased.length) <= step - erased.length) {
      [previous, last, gap, length] = [locator, off, 1, step + 1 - length + erased.length];
    } else gap++;
    locator = changed;
  }
  while (locator.length > 1 && !locator.at(-1)) locator.pop();
  return locator;
}

function roots(locator, length) {
  const found = [];
  for (let place = 0; place < length; place++) {
    if (!locator.reduce((sum, part, degree) => sum ^ times(part, power(-degree * place)), 0)) found.push(place);
  }
  return found;
}

// Forney's formula for roots that begin with α⁰.
function values(syndromes, locator, places) {
  const evaluator = syndromes.map((_, degree) => locator.slice(0, degree + 1).reduce((sum, part, i) => sum ^ times(part, syndromes[degree - i]), 0));
  return places.map((place) => {
    const upper = evaluator.reduce((sum, part, degree) => sum ^ times(part, power(-degree * place)), 0);
    const lower = locator.reduce((sum, part, degree) => (degree % 2 ? sum ^ times(part, power(-(degree - 1) * place)) : sum), 0);
    return lower ? times(power(place), over(upper, lower)) : 0;
  });
}
