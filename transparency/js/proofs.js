/** Proofs checked: that a leaf is in a tree (RFC 9162 §2.1.3), that a tree begins with another one (§2.1.4). */

import { compare } from "../../seal/js/octets.js";
import { ProofError } from "./errors.js";
import { inclusionPath } from "./nodes.js";
import { HASH_BYTES, PATH_MAX, checkSize, nodeHash } from "./tree.js";

const half = (number) => Math.floor(number / 2);

/**
 * Return the root that a path leads to from a leaf hash (RFC 9162 §2.1.3.2).
 *
 * Throws ProofError: `size_out_of_range`, `index_out_of_range`, `proof_malformed` (a hash that is none, or too many of them),
 * `proof_invalid` (a path that is too long or too short for this leaf).
 */
export function rootFromInclusion(index, size, leaf, path) {
  checkSize(size);
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) throw new ProofError("index_out_of_range");
  checkHashes([leaf, ...path]);
  let root = leaf;
  for (const [left, each] of walk(index, size - 1, path)) root = left ? nodeHash(each, root) : nodeHash(root, each);
  return root;
}

/** Return if the leaf hash is the `index`-th of the tree. Throws ProofError, as above; another root is `proof_invalid`. */
export function verifyInclusion(root, size, index, leaf, path) {
  if (compare(rootFromInclusion(index, size, leaf, path), root) !== 0) throw new ProofError("proof_invalid");
}

/**
 * Return the roots of both sizes that a path leads to (RFC 9162 §2.1.4.2), for 0 < `old` < `later`.
 *
 * Throws ProofError: `size_out_of_range`, `proof_malformed`, `proof_invalid` (a path that is too long or too short).
 */
export function rootsFromConsistency(old, later, oldRoot, path) {
  checkSize(later);
  if (!(Number.isSafeInteger(old) && old > 0 && old < later)) throw new ProofError("size_out_of_range");
  checkHashes([oldRoot, ...path]);
  const whole = 2 ** Math.round(Math.log2(old)) === old; // the old tree is a node of the new one
  const [start, ...rest] = whole ? [oldRoot, ...path] : path;
  if (start === undefined) throw new ProofError("proof_invalid");
  let [node, last] = [old - 1, later - 1];
  while (node % 2) [node, last] = [half(node), half(last)];
  let [first, second] = [start, start];
  for (const [left, each] of walk(node, last, rest)) {
    if (left) first = nodeHash(each, first);
    second = left ? nodeHash(each, second) : nodeHash(second, each);
  }
  return [first, second];
}

/**
 * Return if the tree of `later` leaves begins with the one of `old` leaves.
 *
 * Trees of one size are the same if their roots are, and need an empty path. From the empty tree nothing can be proven: `old` = 0 with a
 * larger `later` is `size_out_of_range`. Throws ProofError, as above; other roots are `proof_invalid`.
 */
export function verifyConsistency(old, later, oldRoot, newRoot, path) {
  checkSize(old);
  checkSize(later);
  if (old === later) {
    if (path.length || compare(oldRoot, newRoot) !== 0) throw new ProofError("proof_invalid");
    return;
  }
  const [first, second] = rootsFromConsistency(old, later, oldRoot, path);
  if (compare(first, oldRoot) !== 0 || compare(second, newRoot) !== 0) throw new ProofError("proof_invalid");
}

/** Return (a promise of) the hash of a tree's leaf, proven: `nodes` may come from anybody. Throws ProofError, and what `nodes` throw. */
export async function leafAt(nodes, index, size, root) {
  const path = await inclusionPath(nodes, index, size);
  const leaf = await nodes(0, index);
  verifyInclusion(root, size, index, leaf, path);
  return leaf;
}

/**
 * Give each hash of a path, and whether it stands to the left, on the way up from a node of a level whose last one is `lastNode`.
 *
 * Throws ProofError `proof_invalid` where the path ends too late or too early (the steps that §2.1.3.2 and §2.1.4.2 share).
 */
function* walk(firstNode, lastNode, path) {
  let [node, last] = [firstNode, lastNode];
  for (const each of path) {
    if (last === 0) throw new ProofError("proof_invalid");
    const left = node % 2 === 1 || node === last;
    yield [left, each];
    while (left && node % 2 === 0 && node > 0) [node, last] = [half(node), half(last)];
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0) throw new ProofError("proof_invalid");
}

function checkHashes(hashes) {
  if (hashes.length > PATH_MAX + 1 || hashes.some((each) => each.length !== HASH_BYTES)) throw new ProofError("proof_malformed");
}
