/** Byte strings as Python has them: put together, compared, written in hex. */

/** Return byte strings (or arrays of octets) as one. */
export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

/** Compare byte strings as RFC 8949 §4.2.1 orders keys: negative if `a` comes first, 0 if they are equal. Not for secrets. */
export function compare(a, b) {
  const size = Math.min(a.length, b.length);
  for (let i = 0; i < size; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** Return a byte string in hex. */
export function hex(octets) {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** Return the byte string that `text`, an even number of hex digits, stands for. */
export function fromHex(text) {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}
