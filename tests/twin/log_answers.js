// What the tests ask of the log's twin (tests/twin/answers.js). Octets travel in hex, large numbers as texts.
import { HeadError, MissingFile } from "../../inspector_app/pwa/src/seallog/errors.js";
import { Dates } from "../../seal/js/dating.js";
import { followed, headOf, provenLeaves } from "../../inspector_app/pwa/src/seallog/following.js";
import { fromHex, hex } from "../../seal/js/octets.js";
import { TreeBuilder } from "../../transparency/js/builder.js";
import * as bundles from "../../transparency/js/bundles.js";
import * as checkpoints from "../../transparency/js/checkpoints.js";
import { Subtree } from "../../transparency/js/cosignatures.js";
import * as heads from "../../transparency/js/heads.js";
import * as keys from "../../transparency/js/keys.js";
import * as nodes from "../../transparency/js/nodes.js";
import * as notes from "../../transparency/js/notes.js";
import * as files from "../../transparency/js/proof_files.js";
import * as proofs from "../../transparency/js/proofs.js";
import * as receipts from "../../transparency/js/receipts.js";
import { ed25519Holds, mlDsa44Holds } from "../../transparency/js/signatures.js";
import * as statements from "../../transparency/js/statements.js";
import * as tiles from "../../transparency/js/tiles.js";
import { leafHash } from "../../transparency/js/tree.js";

const policyOf = ({ origin, log, witnesses, threshold }) =>
  new heads.Policy(origin, log.map(keys.parse), witnesses.map(keys.parse), threshold);

/** A log of numbered entries whose tiles lie in a map, as they would in a folder. */
function stored(size) {
  const [builder, kept] = [new TreeBuilder(), new Map()];
  const leaves = Array.from({ length: size }, (_, number) => leafHash(new TextEncoder().encode(`entry ${number}`)));
  for (const [tile, data] of [...builder.append(leaves), ...builder.partialTiles()]) kept.set(tile.path(), data);
  return { builder, kept, read: async (tile) => kept.get(tile.path()) };
}

/** What reads tiles from a folder's files, {path: hex}, as the phone does over HTTP. */
function reading(files) {
  const read = (path) => {
    if (!Object.hasOwn(files, path)) throw new MissingFile(path);
    return fromHex(files[path]);
  };
  return async (tile) => {
    const path = tile.path();
    if (Object.hasOwn(files, path) || tile.width === tiles.WIDTH) return read(path);
    return read(new tiles.Tile(tile.level, tile.index).path()).subarray(0, tile.width * 32);
  };
}

/** Do something where WebCrypto knows no algorithm. */
async function withoutWebCrypto(work) {
  const { importKey } = crypto.subtle;
  crypto.subtle.importKey = async () => {
    throw new DOMException("", "NotSupportedError");
  };
  try {
    return await work();
  } finally {
    crypto.subtle.importKey = importKey;
  }
}

export const LOG_ANSWERS = {
  async log_holds({ kind, public: publicKey, message, signature, bare }) {
    const check = { ed25519: ed25519Holds, "ml-dsa-44": mlDsa44Holds }[kind];
    const work = () => check(fromHex(publicKey), fromHex(message), fromHex(signature));
    return { holds: await (bare ? withoutWebCrypto(work) : work()) };
  },
  log_inclusion({ root, size, index, leaf, path }) {
    proofs.verifyInclusion(fromHex(root), Number(size), Number(index), fromHex(leaf), path.map(fromHex));
    return {};
  },
  log_consistency({ old, later, roots, path }) {
    proofs.verifyConsistency(Number(old), Number(later), ...roots.map(fromHex), path.map(fromHex));
    return {};
  },
  log_grown({ size }) {
    const { builder, kept } = stored(size);
    const resumed = TreeBuilder.resume(size, (tile) => kept.get(tile.path()));
    const same = hex(resumed.root()) === hex(builder.root());
    return { root: hex(builder.root()), tiles: Object.fromEntries(Array.from(kept, ([path, data]) => [path, hex(data)])), same };
  },
  log_tiles({ old, later }) {
    return { tiles: tiles.newTiles(old, later).map((tile) => tile.path()), edge: tiles.edge(later).map((tile) => tile.path()) };
  },
  async log_paths({ size, indexes, olds }) {
    const { builder, read } = stored(size);
    const held = nodes.fromTiles(size, read);
    const inclusions = await Promise.all(indexes.map((index) => nodes.inclusionPath(held, index, size)));
    const consistencies = await Promise.all(olds.map((old) => nodes.consistencyPath(held, old, size)));
    const leaves = await Promise.all(indexes.map((index) => proofs.leafAt(held, index, size, builder.root())));
    return { inclusions: inclusions.map((path) => path.map(hex)), consistencies: consistencies.map((path) => path.map(hex)), leaves: leaves.map(hex) };
  },
  async log_wrong_tile({ size, index }) {
    const { builder, kept } = stored(size);
    const wrong = async (tile) => kept.get(tile.path()).map((octet, place) => (place === 40 ? octet ^ 1 : octet));
    return { leaf: hex(await proofs.leafAt(nodes.fromTiles(size, wrong), index, size, builder.root())) };
  },
  log_path({ text }) {
    const { level = null, index, width } = tiles.parsePath(text);
    return { level, index, width };
  },
  log_vkey({ text }) {
    const key = keys.parse(text);
    if (key.vkey() !== text) throw new Error("another way to write a key");
    return { name: key.name, kind: key.kind, public: hex(key.public), id: hex(key.keyId()) };
  },
  log_note({ hex: data }) {
    const note = notes.parse(fromHex(data));
    if (hex(note.toBytes()) !== data) throw new Error("another way to write a note");
    return { text: note.text, lines: note.lines.map((line) => [line.name, hex(line.keyId), hex(line.signature)]) };
  },
  log_checkpoint({ text }) {
    const found = checkpoints.parse(text);
    if (found.toText() !== text) throw new Error("another way to write a checkpoint");
    return { origin: found.origin, size: found.size, root: hex(found.root), extensions: found.extensions };
  },
  async log_head({ hex: data, policy }) {
    const head = await heads.verify(fromHex(data), policyOf(policy));
    return { timestamp: head.timestamp, signed: head.signed.map(({ key }) => key.name), witnesses: [...head.witnesses].sort() };
  },
  async log_subtree({ line, vkey, origin, start, end, root }) {
    const subtree = new Subtree(origin, Number(start), Number(end), fromHex(root));
    return { timestamp: await heads.verifySubtree(notes.parseLine(line), keys.parse(vkey), subtree) };
  },
  async log_proof_file({ hex: data, leaf, policy }) {
    const proof = files.parse(fromHex(data));
    const head = await files.verify(proof, fromHex(leaf), policyOf(policy));
    return { index: proof.index, extra: proof.extra && hex(proof.extra), size: head.checkpoint.size };
  },
  async log_receipt({ hex: data, leaf, old, public: publicKey }) {
    const receipt = receipts.parse(fromHex(data));
    const included = receipt.label === receipts.INCLUSION;
    const check = included ? receipts.verifyInclusion : receipts.verifyConsistency;
    const root = await check(receipt, fromHex(included ? leaf : old), fromHex(publicKey));
    return { root: hex(root), kid: hex(receipt.kid() ?? []) };
  },
  log_statement({ hex: data }) {
    const [message, listed] = statements.detach(fromHex(data));
    return { parts: [message.protected, message.payload, message.signature].map(hex), receipts: listed.map(hex) };
  },
  /** What a phone makes of a log's folder that it meets again and again: the head that it goes by, and what is wrong with the one it met. */
  async log_followed({ terms, turns, now }) {
    let seen = null;
    const said = [];
    for (const files of turns) {
      let code = "";
      try {
        const dates = new Dates(now);
        seen = await followed(await headOf(fromHex(files.checkpoint), terms, dates), seen, reading(files), dates);
      } catch (error) {
        if (!(error instanceof HeadError)) throw error;
        code = error.code;
      }
      said.push([seen && [seen.size, seen.root, seen.time], code]);
    }
    return { said };
  },
  /** The leaves of a tile under a head, as a phone proves them; null where they do not lead to it. */
  async log_proven({ files, head, index }) {
    try {
      return { leaves: hex(await provenLeaves(index, head, reading(files))) };
    } catch (error) {
      if (error instanceof MissingFile) return { leaves: null };
      throw error;
    }
  },
  log_bundle({ hex: data, width }) {
    const entries = bundles.parse(fromHex(data), width);
    if (hex(bundles.toBytes(entries)) !== data) throw new Error("another way to write a bundle");
    return { entries: entries.map(hex) };
  },
};
