/** Checkpoints (C2SP tlog-checkpoint): the text of a note that says how large a log is and what its root is. */

import { compare } from "../../seal/js/octets.js";
import * as base64 from "./base64.js";
import { NoteError } from "./errors.js";
import { EMPTY_ROOT, HASH_BYTES, SIZE_MAX } from "./tree.js";

export const ORIGIN_OCTETS_MAX = 255;
export const EXTENSIONS_MAX = 16;
export const EXTENSION_OCTETS_MAX = 4_096;

const HALVES = /[\ud800-\udfff]/u;
const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;
const UTF8 = new TextEncoder();

/** A log's head: its origin, its number of leaves, its root (32 octets), and lines that no monitor can check: ours has none. */
export class Checkpoint {
  constructor(origin, size, root, extensions = []) {
    this.origin = origin;
    this.size = size;
    this.root = root;
    this.extensions = extensions;
  }

  /** Return the note's text. Throws NoteError `checkpoint_malformed` for one that `parse` would not take back. */
  toText() {
    const text = [this.origin, this.size, base64.encode(this.root), ...this.extensions].map((line) => `${line}\n`).join("");
    const same = parse(text);
    const extended = same.extensions.length === this.extensions.length;
    if (same.origin !== this.origin || same.size !== this.size || !extended) throw new NoteError("checkpoint_malformed");
    return text;
  }
}

/** Return the checkpoint that a note's text is. An empty tree has its one root. Throws NoteError `checkpoint_malformed`. */
export function parse(text) {
  const lines = text.split("\n");
  if (HALVES.test(text)) throw new NoteError("checkpoint_malformed", "UTF-8");
  if (lines.pop() !== "" || lines.length < 3 || lines.length > 3 + EXTENSIONS_MAX || lines.includes("")) {
    throw new NoteError("checkpoint_malformed");
  }
  const [origin, number, hashed, ...extensions] = lines;
  const [size, root] = [decimal(number), base64.decode(hashed)];
  if (size === null || root?.length !== HASH_BYTES || (size === 0) !== (compare(root, EMPTY_ROOT) === 0)) {
    throw new NoteError("checkpoint_malformed");
  }
  const long = (line) => UTF8.encode(line).length > EXTENSION_OCTETS_MAX;
  if (UTF8.encode(origin).length > ORIGIN_OCTETS_MAX || extensions.some(long)) throw new NoteError("checkpoint_malformed");
  return new Checkpoint(origin, size, root, extensions);
}

/** Return a number of leaves or an index as C2SP writes it, ASCII digits without leading zeros; null for anything else. */
export function decimal(text) {
  const value = DECIMAL.test(text) ? Number(text) : null;
  return value !== null && value <= SIZE_MAX ? value : null;
}
