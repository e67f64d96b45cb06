/** The hashes inside a tree, read from its tiles: what proofs are made of. Reading may take its time, so all of it is promises. */

import { ProofError } from "./errors.js";
import { HEIGHT, WIDTH, tileAt } from "./tiles.js";
import { EMPTY_ROOT, HASH_BYTES, checkSize, nodeHash, split, top } from "./tree.js";

const KEPT = 64; // tiles: those of one proof and of its neighbours

/**
 * Return the nodes of a tree of `size` leaves: a function that gives (a promise of) the hash over the leaves [index * 2**height,
 * (index + 1) * 2**height), all of which the tree has. `read` gives the octets of a tile, or a promise of them.
 *
 * Nothing of them is verified: a proof that is made of wrong tiles does not lead to the root. Throws ProofError `size_out_of_range`;
 * the nodes throw TileError `tile_malformed`, and whatever `read` throws.
 */
export function fromTiles(size, read) {
  checkSize(size);
  const kept = new Map();
  const tile = async (level, index) => {
    const named = tileAt(size, level, index);
    const path = named.path();
    if (kept.has(path)) return kept.get(path);
    const data = named.check(await read(named));
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value);
    kept.set(path, data);
    return data;
  };
  return async (height, index) => {
    const [level, above] = [Math.floor(height / HEIGHT), height % HEIGHT];
    const first = index * 2 ** above;
    const start = (first % WIDTH) * HASH_BYTES;
    const data = await tile(level, Math.floor(first / WIDTH));
    return top(data.subarray(start, start + (HASH_BYTES << above)));
  };
}

/** Return MTH(D[start:end]), where `start` is a multiple of the smallest power of two that is not below `end` - `start`. */
export async function rangeRoot(nodes, start, end) {
  const size = end - start;
  if (size === 0) return EMPTY_ROOT;
  const height = Math.round(Math.log2(size));
  if (2 ** height === size) return nodes(height, start / size);
  const middle = start + split(size);
  return nodeHash(await rangeRoot(nodes, start, middle), await rangeRoot(nodes, middle, end));
}

/** Return PATH(index, D[0:size]) of RFC 9162 §2.1.3.1, the leaf's neighbour first. Throws ProofError `index_out_of_range`. */
export async function inclusionPath(nodes, index, size) {
  checkSize(size);
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) throw new ProofError("index_out_of_range");
  const path = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + split(end - start);
    if (index < middle) {
      path.push(await rangeRoot(nodes, middle, end));
      end = middle;
    } else {
      path.push(await rangeRoot(nodes, start, middle));
      start = middle;
    }
  }
  return path.reverse();
}

/**
 * Return PROOF(old, D[0:later]) of RFC 9162 §2.1.4.1; empty if the sizes are equal.
 *
 * Throws ProofError `size_out_of_range` unless 0 < `old` <= `later`: nothing is proven of the empty tree.
 */
export async function consistencyPath(nodes, old, later) {
  checkSize(later);
  if (!(Number.isSafeInteger(old) && old > 0 && old <= later)) throw new ProofError("size_out_of_range");
  const path = [];
  let [start, end] = [0, later];
  while (end !== old) {
    const middle = start + split(end - start);
    if (old <= middle) {
      path.push(await rangeRoot(nodes, middle, end));
      end = middle;
    } else {
      path.push(await rangeRoot(nodes, start, middle));
      start = middle;
    }
  }
  if (start > 0) path.push(await rangeRoot(nodes, start, end)); // the old tree's right part; its whole root is known to whoever checks
  return path.reverse();
}
