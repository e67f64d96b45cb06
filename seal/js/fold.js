/**
 * The fold: a reversible rearrangement of a token that DEFLATE packs well (docs/format.md §4.3). This side only unfolds.
 *
 *     folded = *(text 0x0A) 0x00 rest
 *
 * Texts: UTF-8 spends two octets on every Arabic letter, so the texts at the end of the payload travel one octet a letter. A text with a
 * character outside the alphabet stays in the payload, and so do all texts before it.
 *
 * Rest: either `plain`, the protected header as a byte string and what is left of the payload; or `packed`, when both have the usual shape of
 * a license: then only what varies travels, in fixed places, and the constant octets between are put back on reading. The first octet tells
 * the two apart (a byte string begins at 0x40).
 */

import * as cbor from "./cbor.js";
import { ES256 } from "./cose.js";
import { FormatError } from "./errors.js";
import { joined } from "./octets.js";

// DEFLATE's fixed code gives octets below 0x90 eight bits and the rest nine: the 36 letters, the Arabic comma and the
// Arabic-Indic digits take the places that ASCII control characters leave free, and 0x80–0x8F.
const FREQUENT = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي،٠١٢٣٤٥٦٧٨٩";
const SELDOM =
  "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670\u0653\u0654ٱپچژڤڨکگی؛؟٪٫٬٭ـ«»–—‘’“”…°²½¼·×®" +
  "àáâäçèéêëìíîïñòóôöùúûüÿÀÁÂÄÇÈÉÊËÌÍÎÏÑÒÓÔÖÙÚÛÜŸßœŒ۰۱۲۳۴۵۶۷۸۹ۀےٹڈڑں";
const [END, STOP] = [0x0a, 0x00];
const NOTHING = "\ufffe";
const UTF8 = new TextEncoder();

function alphabet() {
  const table = Array.from({ length: 256 }, (_, octet) => (octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : NOTHING));
  const free = [...table.keys()].filter((octet) => (octet < 0x20 || (octet >= 0x7f && octet < 0x90)) && octet !== END && octet !== STOP);
  free.forEach((octet, i) => (table[octet] = FREQUENT[i]));
  [...SELDOM].forEach((letter, i) => (table[0x90 + i] = letter));
  return table.join("");
}

/** 256 characters, one per octet; U+FFFE where an octet stands for nothing. */
export const ALPHABET = alphabet();

// Flags of the packed form, its first octet.
const [EXP, LONG_KID, EDITION] = [1, 2, 4];
const PACKINGS = 8; // sets of flags
const PROTECTED = (alg) => [0xa2, 0x01, 0x1f - alg, 0x04]; // {1: alg, 4: …
const [LOCATION, LONGITUDE] = [[0x19, 0x01, 0x08, 0xa2, 0x01, 0xfa], [0x02, 0xfa]];
const STATUS = joined([0x19, 0xff, 0xff, 0xa1, 0x6b], UTF8.encode("status_list"), [0xa2, 0x63], UTF8.encode("idx"), [0x19]);
const URI = joined([0x63], UTF8.encode("uri"));

/**
 * Return [protected header, payload] of a token, in a version whose headers usually have `alg` (-7 or -9). Throws FormatError `damaged`.
 */
export function unfold(folded, alg = ES256) {
  const stop = folded.indexOf(STOP);
  const [texts, rest] = [folded.subarray(0, stop), folded.subarray(stop + 1)];
  if (stop < 0 || rest.length === 0 || (texts.length > 0 && texts.at(-1) !== END)) throw new FormatError("damaged", "fold");
  const [header, payload] = rest[0] < PACKINGS ? unpacked(rest, alg) : plain(rest);
  return [header, joined(payload, ...lettersOf(texts).map((text) => cbor.tstr(UTF8.encode(text))))];
}

/** Return the texts that octets of the alphabet stand for. */
function lettersOf(octets) {
  const letters = Array.from(octets, (octet) => (octet === END ? "\n" : ALPHABET[octet]));
  if (letters.includes(NOTHING)) throw new FormatError("damaged", "fold");
  return letters.join("").split("\n").slice(0, -1);
}

/** Put the constant octets back around what varies. */
function unpacked(rest, alg) {
  const flags = rest[0];
  let place = 1;
  const next = (size) => {
    if (rest.length < place + size) throw new FormatError("damaged", "fold");
    return rest.subarray(place, (place += size));
  };
  const header = joined(PROTECTED(alg), cbor.bstr(next(flags & LONG_KID ? 2 : 1)));
  const exp = flags & EXP ? joined([0x04, 0x1a], next(4)) : [];
  const [nbf, iat, cti] = [next(4), next(4), next(flags & EDITION ? 5 : 4)];
  const [latitude, longitude, idx, iss] = [next(4), next(4), next(2), next(3)];
  const start = joined([flags & EXP ? 0xa8 : 0xa7, 0x01, 0x63], iss, exp, [0x05, 0x1a], nbf, [0x06, 0x1a], iat, [0x07], cbor.bstr(cti));
  const middle = joined(LOCATION, latitude, LONGITUDE, longitude, STATUS, idx, URI);
  return [header, joined(start, middle, rest.subarray(place))];
}

function plain(rest) {
  let [size, start] = [rest[0] - 0x40, 1];
  if (size === 24 && rest.length > 1) [size, start] = [rest[1], 2];
  if (size < 0 || (start === 1 && size > 23) || rest.length < start + size) throw new FormatError("damaged", "fold");
  return [rest.slice(start, start + size), rest.subarray(start + size)];
}
