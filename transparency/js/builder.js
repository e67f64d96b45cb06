/** A tree that grows at its right edge, tile by tile. It holds at most 255 hashes of each level, whatever the size. */

import { joined } from "../../seal/js/octets.js";
import { ProofError } from "./errors.js";
import { TILE_BYTES, Tile, WIDTH, edge } from "./tiles.js";
import { EMPTY_ROOT, HASH_BYTES, checkSize, nodeHash, top } from "./tree.js";

/** The tree of the leaves that were appended. */
export class TreeBuilder {
  #rows = []; // of each level, the hashes that do not fill a tile yet

  constructor() {
    this.size = 0;
  }

  /**
   * Return the builder of a tree that is stored: `read` gives the octets of a partial tile.
   *
   * Whoever reads files compares `root()` with the checkpoint before appending. Throws ProofError `size_out_of_range`, TileError
   * `tile_malformed`.
   */
  static resume(size, read) {
    const builder = new TreeBuilder();
    for (const tile of edge(size)) {
      builder.#row(tile.level);
      builder.#rows[tile.level] = tile.check(read(tile)).slice();
    }
    builder.size = size;
    return builder;
  }

  /**
   * Append leaf hashes and return the tiles that became full, as [tile, octets]; a tile comes after those below it.
   *
   * Throws ProofError `proof_malformed` for a leaf hash that is none (nothing is appended then), `size_out_of_range`.
   */
  append(leaves) {
    const hashes = [...leaves];
    if (hashes.some((leaf) => leaf.length !== HASH_BYTES)) throw new ProofError("proof_malformed", "leaf hash");
    checkSize(this.size + hashes.length);
    const full = [];
    for (let start = 0; start < hashes.length; start += WIDTH) {
      const chunk = hashes.slice(start, start + WIDTH);
      this.#extend(joined(...chunk), chunk.length, full);
    }
    return full;
  }

  #extend(data, count, full) {
    let [rising, level, index] = [data, 0, Math.floor(this.size / WIDTH)];
    this.size += count;
    for (;;) {
      const row = joined(this.#row(level), rising);
      this.#rows[level] = row.slice(row.length < TILE_BYTES ? 0 : TILE_BYTES);
      if (row.length < TILE_BYTES) return;
      const tile = row.slice(0, TILE_BYTES);
      full.push([new Tile(level, index), tile]);
      [rising, level, index] = [top(tile), level + 1, Math.floor(index / WIDTH)];
    }
  }

  #row(level) {
    while (this.#rows.length <= level) this.#rows.push(new Uint8Array());
    return this.#rows[level];
  }

  /** Return the tiles at the right edge that are not full, lowest level first, as [tile, octets]. */
  partialTiles() {
    return edge(this.size).map((tile) => [tile, this.#rows[tile.level].slice()]);
  }

  /** Return the Merkle Tree Hash of all leaves (RFC 9162 §2.1.1). */
  root() {
    let root = null;
    for (const perfect of this.#rows.flatMap(perfectSubtrees)) root = root ? nodeHash(perfect, root) : perfect;
    return root ?? EMPTY_ROOT;
  }
}

/** Return the roots of the perfect subtrees that a row ends in, the smallest, which is rightmost, first. */
function perfectSubtrees(row) {
  const found = [];
  let count = row.length / HASH_BYTES;
  while (count > 0) {
    const last = count & -count;
    found.push(top(row.subarray((count - last) * HASH_BYTES, count * HASH_BYTES)));
    count -= last;
  }
  return found;
}
