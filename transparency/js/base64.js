/** Base 64 as notes have it (RFC 4648 §4): padded, no spaces, no spare bits. One text for one value. */

/** Return `data` in Base 64. */
export function encode(data) {
  let text = "";
  for (const octet of data) text += String.fromCharCode(octet);
  return btoa(text);
}

/** Return what a text stands for, or null if it is not what `encode` writes. */
export function decode(text) {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4) return null;
  const data = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return encode(data) === text ? data : null;
}
