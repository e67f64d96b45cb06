// Which head of the log of seals counts, and what stands under it: the phone's side of published/log.py. Pure: files are read by whoever calls.
import { PUBLISHER } from "../../../../seal/js/dating.js";
import { noteWitnesses } from "../../../../seal/js/listed.js";
import { fromHex, hex } from "../../../../seal/js/octets.js";
import { LogError, NoteError, NoteSignatureError } from "../../../../transparency/js/errors.js";
import * as heads from "../../../../transparency/js/heads.js";
import * as keys from "../../../../transparency/js/keys.js";
import * as nodes from "../../../../transparency/js/nodes.js";
import { leafAt, rootsFromConsistency } from "../../../../transparency/js/proofs.js";
import { tileAt, WIDTH } from "../../../../transparency/js/tiles.js";
import { HeadError, MissingFile } from "./errors.js";

/** By what a head is known; keys of a kind that this app does not know do nothing. Throws NoteError. */
export function policyOf({ origin, keys: own, witnesses, threshold }) {
  return new heads.Policy(origin, known(own), known(witnesses), threshold);
}

function known(vkeys) {
  const found = new Map();
  for (const vkey of vkeys) {
    try {
      const key = keys.parse(vkey);
      found.set(key.label, key);
    } catch (error) {
      if (!(error instanceof NoteError)) throw error;
    }
  }
  return [...found.values()];
}

/**
 * The head that a signed checkpoint is, as it is remembered: {size, root (hex), time}. `dates` (seal/js/dating.js) notes who signed when; a head
 * that the log dated ahead of its clock is not there yet. Rejects with HeadError.
 */
export async function headOf(data, terms, dates) {
  const head = await verified(data, terms);
  noteWitnesses(head, dates);
  if (dates.note(PUBLISHER, head.timestamp)) throw new HeadError("log_head_ahead");
  return { size: head.checkpoint.size, root: hex(head.checkpoint.root), time: head.timestamp };
}

async function verified(data, terms) {
  try {
    return await heads.verify(data, policyOf(terms));
  } catch (error) {
    if (error instanceof NoteSignatureError) throw new HeadError(error.code === "log_unwitnessed" ? "log_head_unwitnessed" : "log_wrong_key");
    if (error instanceof LogError) throw new HeadError("log_corrupt");
    throw error;
  }
}

/**
 * The head to go by after `found` was met, `seen` (or null) being the one of before. Rejects with HeadError `log_older`, `log_forked`,
 * `log_tiles_wrong`, and with what `read` does: a fork is said only where it is proven.
 */
export async function followed(found, seen, read, dates) {
  if (seen === null) return found;
  if (found.size < seen.size) throw new HeadError("log_older");
  await begins(seen, found, read);
  const before = dates.ahead(seen.time) ? 0 : seen.time; // taken by a clock that was fast
  return found.size === seen.size ? { ...found, time: Math.max(found.time, before) } : found;
}

/** Resolves if the tree of `later` begins with the one of `earlier`; rejects as `followed`. */
export async function begins(earlier, later, read) {
  if (earlier.size === later.size && earlier.root !== later.root) throw new HeadError("log_forked");
  if (earlier.size === 0 || earlier.size === later.size) return;
  let before;
  try {
    before = await rootAt(nodes.fromTiles(later.size, read), earlier.size, later);
  } catch (error) {
    if (error instanceof LogError || error instanceof MissingFile) throw new HeadError("log_tiles_wrong");
    throw error;
  }
  if (before !== earlier.root) throw new HeadError("log_forked");
}

/** The root (hex) that a tree had when it was smaller, proven by its own. Rejects with LogError, and what the nodes do. */
async function rootAt(tree, size, later) {
  const before = await nodes.rangeRoot(tree, 0, size);
  const path = await nodes.consistencyPath(tree, size, later.size);
  const [first, second] = rootsFromConsistency(size, later.size, before, path).map(hex);
  if (first !== hex(before) || second !== later.root) throw new HeadError("log_tiles_wrong");
  return first;
}

/**
 * The leaf hashes of the `index`-th tile of level 0 under a head, one after another, proven: the path of the first is made of all the others.
 * Rejects with LogError where they are not what the head says, and with what `read` does.
 */
export async function provenLeaves(index, head, read) {
  const wanted = tileAt(head.size, 0, index);
  const data = wanted.check(await read(wanted));
  const tree = nodes.fromTiles(head.size, (tile) => (tile.level === 0 && tile.index === index ? data : read(tile)));
  await leafAt(tree, index * WIDTH, head.size, fromHex(head.root));
  return data;
}
