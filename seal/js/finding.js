/**
 * The reader's edge: the codes within any text that a person hands over (docs/format.md §13).
 *
 * People paste messages, not codes: with words around them, broken into lines, in the digits of their keyboard, with marks that nobody sees.
 * The text of a seal itself stays as strict as §4.1 has it: what is found here is written in that form, and then judged.
 */

import * as cose from "./cose.js";
import { FormatError } from "./errors.js";
import { prefixOf } from "./license.js";
import * as slips from "./slips.js";
import * as wire from "./wire.js";

export const LOOKED_AT = 16_384; // code points
export const FOUND_MOST = 16;
export const PIECES_MOST = 32; // runs of digits, of one code, behind which its end is looked for

/** Soft hyphen, joiners, zero-width characters, marks of direction, variation selectors: what phones add and nobody sees. */
const MARKS = /[\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g;
const BLANK = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const GAP = `[${BLANK}>=]`; // also how mail marks what it quotes (>) and where it broke a line (=)
const [GAPS, BLANKS] = [new RegExp(`${GAP}+`, "g"), new RegExp(`[${BLANK}]+`, "g")];
const RUNS = `[0-9]+(?:${GAP}{1,16}[0-9]+)*`;
const LINK = new RegExp(`([Hh][Tt][Tt][Pp][Ss]?://)?([A-Za-z0-9][A-Za-z0-9.-]{0,63}(?::[0-9]{1,5})?)/([NnRr]?${RUNS})`, "g");
const G = `${GAP}{0,16}`;
const SCHEME = ["[Hh]", "[Tt]", "[Tt]", "[Pp]", "[Ss]?", ":", "/", "/", ""].join(G);
const BROKEN = new RegExp(`(${SCHEME})((?:[A-Za-z0-9.-]${G}){1,64}(?::${G}(?:[0-9]${G}){1,5})?)/${G}((?:[NnRr]${G})?${RUNS})`, "g");
/** A link that begins behind one of these is part of something larger, such as another address that names ours. */
const WITHIN = /[A-Za-z%&+./=?@_~#-]/;
/** Without a scheme it must stand by itself: behind a blank, or something that opens or divides. */
const APART = new RegExp(`[${BLANK}!"$'()*,:;<>[\\\\\\]^\`{|}«“‘،؛]`);
const DIVIDES = `[${BLANK}_\\-\\u2010-\\u2015\\u2212]`;

function numberPattern(prefix, between) {
  const h = DIVIDES + between;
  const behind = `${h}([A-Za-z][A-Za-z0-9]{1,3})${h}(2[0-9]{3})${h}([0-9]{7,8})${h}([0-9A-Za-z])(?![A-Za-z0-9])`;
  return new RegExp(`(?:^|[^A-Za-z0-9])(${prefix})${behind}`, "g");
}

/** Of any governorate: its parts must stand apart, for nobody knows how long its prefix is. */
const ANY_NUMBER = numberPattern("[A-Za-z][A-Za-z0-9]{1,3}", "{1,2}");
const ourNumbers = new Map(); // by prefix; a page knows one

function ourNumber(prefix) {
  if (!ourNumbers.has(prefix)) {
    const letters = Array.from(prefix, (letter) => `[${letter}${letter.toLowerCase()}]`);
    ourNumbers.set(prefix, numberPattern(letters.join(""), "{0,2}"));
  }
  return ourNumbers.get(prefix);
}

/**
 * Return what is to be judged in `text`, each once: its seals and slips, else a license number, else all of it; nothing if blank.
 *
 * `hosts` (lower-case, a Set or an array) are the hosts whose codes are ours, `prefix` stands before our license
 * numbers. Work is bounded: `LOOKED_AT` code points are looked at.
 */
export function find(text, hosts, prefix) {
  const looked = Array.from(text.slice(0, 2 * LOOKED_AT)).slice(0, LOOKED_AT).join("");
  const clean = looked.replace(MARKS, "").replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 15));
  const found = [...new Set(codes(clean, new Set(hosts)))].slice(0, FOUND_MOST);
  if (found.length) return found;
  const number = numberIn(clean, prefix);
  if (number) return [number];
  const bare = clean.replace(GAPS, "");
  const rest = /^[0-9]+$/.test(bare) ? bare : clean.replace(BLANKS, " ").replace(/^ +| +$/g, "");
  return rest ? [rest] : [];
}

/** Return the first of our license numbers in `text`, else the first of another governorate, in its usual form; null without any. */
function numberIn(text, prefix) {
  for (const pattern of [ourNumber(prefix), ANY_NUMBER]) {
    for (const match of text.matchAll(pattern)) {
      const number = match.slice(1).join("-").toUpperCase();
      if (prefixOf(number)) return number;
    }
  }
  return null;
}

/**
 * Return the codes in links that name our host or are as long as our codes; in what is left those that were broken within scheme or host;
 * in what is left then those of other hosts without a scheme, for a part of a broken host looks like one.
 */
function codes(text, hosts) {
  const [found, some] = taken(LINK, text, (link) => hosts.has(link.host) || (link.named && link.long), hosts);
  const [broken, rest] = taken(BROKEN, some, (link) => link.long, hosts);
  const [bare] = taken(LINK, rest, (link) => link.long && !/^[a-z0-9]+$/.test(link.host), hosts);
  return [...found, ...broken, ...bare];
}

/** Return the codes of the links that count, and the text without them. */
function taken(pattern, text, counts, hosts) {
  const [written, left] = [[], []];
  let end = 0;
  for (const match of links(pattern, text)) {
    const digits = match[3].replace(/[^0-9]/g, "");
    const link = { named: Boolean(match[1]), host: hostOf(match[2].replace(GAPS, ""), hosts), long: digits.length > wire.DIGITS_MIN };
    if (!link.host || !counts(link)) continue;
    written.push(code(link.host, match[3]));
    left.push(text.slice(end, match.index));
    end = match.index + match[0].length;
  }
  return [written, [...left, text.slice(end)].join("|")];
}

/** Yield what looks like a link and is no part of something larger. */
function* links(pattern, text) {
  let place = 0;
  for (;;) {
    pattern.lastIndex = place;
    const match = pattern.exec(text);
    if (!match) return;
    const before = text.slice(Math.max(0, match.index - 1), match.index);
    const alone = !before || (match[1] ? !WITHIN.test(before) : APART.test(before));
    place = alone ? match.index + match[0].length : match.index + 1;
    if (alone) yield match;
  }
}

/** Return the host, lower-case, without a `www.` that ours has not; "" for what is no host. */
function hostOf(written, hosts) {
  const host = written.toLowerCase();
  const short = host.replace(/^www\./, "");
  return wire.hostOf(`https://${!hosts.has(host) && hosts.has(short) ? short : host}`) ?? "";
}

/** Return a code as §4.1 writes it, up to the first run of digits with which it is whole: what follows is a house or a telephone. */
function code(host, path) {
  let text = `https://${host.toUpperCase()}/`;
  const pieces = path.replace(GAPS, " ").toUpperCase().replace("R ", "R").replace("N ", "N").split(" ");
  for (const [count, piece] of pieces.entries()) {
    text += piece;
    if (pieces.length > 1 && count < PIECES_MOST && whole(text)) return text;
  }
  return text;
}

/** Say whether a code can be taken apart to the end, whatever it then says. */
function whole(text) {
  try {
    const octets = slips.octets(text);
    if (octets !== null) {
      cose.fromBytes(octets);
    } else {
      wire.unpack(wire.parse(text));
    }
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
  return true;
}
