// The log's files, from the host that the app came from. Never an entry, never a single hash: the host learns which 256 neighbouring seals
// one was among. No cookies, no referrer, and no file larger than it may be.
import { NOTE_MAX } from "../../../../transparency/js/notes.js";
import { HASH_BYTES } from "../../../../transparency/js/tree.js";
import { Tile, TILE_BYTES, WIDTH } from "../../../../transparency/js/tiles.js";
import { MissingFile, Unreached } from "./errors.js";

const LOG = "/log/";

/** The octets of a file below the log's address, at most so many. Rejects with MissingFile, Unreached. */
export async function file(path, { most, signal, cache = "default" }) {
  const options = { cache, signal, credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" };
  try {
    const answer = await fetch(LOG + path, options);
    if (answer.status === 404) throw new MissingFile(path);
    if (!answer.ok) throw new Unreached(`${path}: ${answer.status}`);
    return await bounded(answer, most);
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) throw new Unreached(path, { cause: error });
    throw error;
  }
}

async function bounded(answer, most) {
  const [parts, reader] = [[], answer.body.getReader()];
  let size = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.length;
    if (size > most) {
      await reader.cancel();
      throw new Unreached("too large");
    }
    parts.push(read.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** The signed checkpoint. Rejects as `file`. */
export const checkpoint = (signal) => file("checkpoint", { most: NOTE_MAX, signal, cache: "no-cache" });

/** What reads tiles: of one that is not full any more, the first hashes of the full one. Its promises reject as `file`. */
export function tiles(signal) {
  const read = (tile) => file(tile.path(), { most: TILE_BYTES, signal });
  return async (tile) => {
    try {
      return await read(tile);
    } catch (error) {
      if (!(error instanceof MissingFile) || tile.width === WIDTH) throw error;
      return (await read(new Tile(tile.level, tile.index))).subarray(0, tile.width * HASH_BYTES);
    }
  };
}
