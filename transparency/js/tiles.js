/** Where a tree lies in files (C2SP tlog-tiles): tiles of 256 hashes, bundles of 256 entries, and what they are called. */

import { TileError } from "./errors.js";
import { HASH_BYTES, checkSize } from "./tree.js";

export const HEIGHT = 8;
export const WIDTH = 256;
export const TILE_BYTES = 8192;
export const LEVEL_MAX = 63;

const PATH = /^tile\/(entries|[0-9]|[1-9][0-9])\/((?:x[0-9]{3}\/){0,4}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** The `index`-th tile of a level: `width` hashes, each over a full tile of the level below (over a leaf at level 0). */
export class Tile {
  constructor(level, index, width = WIDTH) {
    this.level = level;
    this.index = index;
    this.width = width;
  }

  /** Return where the tile lies below the log's prefix. */
  path() {
    return `tile/${this.level}/${number(this.index)}${part(this.width)}`;
  }

  /** Return `data` if it has the tile's length. Throws TileError `tile_malformed`. */
  check(data) {
    if (data.length !== this.width * HASH_BYTES) throw new TileError("tile_malformed", this.path());
    return data;
  }
}

/** The entries whose hashes are in the `index`-th tile of level 0. */
export class Bundle {
  constructor(index, width = WIDTH) {
    this.index = index;
    this.width = width;
  }

  /** Return where the entries lie below the log's prefix. */
  path() {
    return `tile/entries/${number(this.index)}${part(this.width)}`;
  }
}

/** Return what a path names; only the one way to write it is taken. Throws TileError `tile_path_malformed`. */
export function parsePath(text) {
  const found = text.match(PATH);
  if (!found) throw new TileError("tile_path_malformed");
  const [, level, digits, width = String(WIDTH)] = found;
  const index = Number(digits.replace(/[x/]/g, ""));
  const named = level === "entries" ? new Bundle(index, Number(width)) : new Tile(Number(level), index, Number(width));
  if (named.path() !== text || named.width > WIDTH || (named.level ?? 0) > LEVEL_MAX) throw new TileError("tile_path_malformed");
  return named;
}

/** Return 1234067 as x001/x234/067. */
function number(index) {
  const three = (each) => String(each % 1000).padStart(3, "0");
  let text = three(index);
  for (let left = Math.floor(index / 1000); left > 0; left = Math.floor(left / 1000)) text = `x${three(left)}/${text}`;
  return text;
}

function part(width) {
  return width === WIDTH ? "" : `.p/${width}`;
}

/** Return the number of hashes of a level in a tree of `size` leaves. */
function hashes(size, level) {
  return Math.floor(size / WIDTH ** level);
}

/** Return the tile as a tree of `size` leaves has it. Throws TileError `tile_malformed` if it has none there. */
export function tileAt(size, level, index) {
  const width = Math.min(WIDTH, hashes(size, level) - index * WIDTH);
  if (width < 1 || index < 0) throw new TileError("tile_malformed", "outside the tree");
  return new Tile(level, index, width);
}

/**
 * Return the tiles of a tree of `later` leaves that one of `old` does not have, level by level, left to right.
 *
 * From `old` = 0 that is all of them. Throws ProofError `size_out_of_range`.
 */
export function newTiles(old, later) {
  checkSize(old);
  checkSize(later);
  const tiles = [];
  for (let level = 0; hashes(later, level) > 0; level++) {
    const [before, after] = [hashes(old, level), hashes(later, level)];
    if (before >= after) continue;
    for (let index = Math.floor(before / WIDTH); index < Math.ceil(after / WIDTH); index++) tiles.push(tileAt(later, level, index));
  }
  return tiles;
}

/** Return the partial tiles of a tree, lowest level first: all that is needed to let it grow. */
export function edge(size) {
  checkSize(size);
  const tiles = [];
  for (let level = 0; hashes(size, level) > 0; level++) {
    const count = hashes(size, level);
    if (count % WIDTH) tiles.push(new Tile(level, Math.floor(count / WIDTH), count % WIDTH));
  }
  return tiles;
}
