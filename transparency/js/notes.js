/** Signed notes (C2SP signed-note): a text, an empty line, lines of signatures. Nothing here is verified. */

import { joined } from "../../seal/js/octets.js";
import * as base64 from "./base64.js";
import { NoteError } from "./errors.js";
import { KEY_ID_BYTES, isName } from "./keys.js";

/** Octets of a whole note: 64 signatures of ML-DSA-44 and a text beside them. signed-note asks for 16 at least. */
export const NOTE_MAX = 262_144;
export const LINES_MAX = 64;

const CONTROL = /[\0-\x09\x0b-\x1f]/;
const LINE = /^— ([^ \n]+) ([A-Za-z0-9+/=]+)$/;
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();

/** A signature as its line carries it: the name and the id of the key, and octets that the kind of key gives a meaning. */
export class SignatureLine {
  constructor(name, keyId, signature) {
    this.name = name;
    this.keyId = keyId;
    this.signature = signature;
  }

  /** Return the line, without its end. */
  toString() {
    return `— ${this.name} ${base64.encode(joined(this.keyId, this.signature))}`;
  }
}

/** A text, which ends in a newline, and the lines under it. */
export class Note {
  constructor(text, lines) {
    this.text = text;
    this.lines = lines;
  }

  /** Return the note as it is stored and sent. Throws NoteError for one that `parse` would not take back. */
  toBytes() {
    const data = ENCODER.encode(`${this.text}\n${this.lines.map((line) => `${line}\n`).join("")}`);
    const same = parse(data);
    if (same.text !== this.text || same.lines.join() !== this.lines.join()) throw new NoteError("note_malformed");
    return data;
  }

  /** Return the note with further lines below its own; a line that it has already is not repeated. */
  signedAlso(lines) {
    const all = new Map([...this.lines, ...lines].map((line) => [String(line), line]));
    return new Note(this.text, [...all.values()]);
  }
}

/** Take a note apart at its last empty line. Throws NoteError `note_too_long` or `note_malformed`. */
export function parse(data) {
  if (data.length > NOTE_MAX) throw new NoteError("note_too_long");
  const whole = decoded(data);
  const gap = whole.lastIndexOf("\n\n");
  const lines = whole.slice(gap + 2).split("\n");
  if (gap < 0 || CONTROL.test(whole) || lines.pop() !== "" || lines.length < 1 || lines.length > LINES_MAX) {
    throw new NoteError("note_malformed");
  }
  return new Note(whole.slice(0, gap + 1), lines.map(parseLine));
}

function decoded(data) {
  try {
    return DECODER.decode(data);
  } catch (error) {
    if (error instanceof TypeError) throw new NoteError("note_malformed", "UTF-8");
    throw error;
  }
}

/** Return a signature line, given without its end. Throws NoteError `note_malformed`. */
export function parseLine(text) {
  const found = text.match(LINE);
  const data = found && base64.decode(found[2]);
  if (!data || data.length <= KEY_ID_BYTES || !isName(found[1])) throw new NoteError("note_malformed", "signature line");
  return new SignatureLine(found[1], data.slice(0, KEY_ID_BYTES), data.slice(KEY_ID_BYTES));
}
