// The seals of this phone's authority in the log, eight octets each, for the street without a network: fetched from the published host in
// segments that never change, kept as they came, read under the trust list. What cannot be read is not kept, and what was there stays.
import { ListError } from "../core.js";
import { HeadError, MissingFile, Unreached } from "../seallog/errors.js";
import { part } from "../seallog/seallog.js";
import { hex, logPacks } from "./core.js";

const PATIENCE_MS = 60_000;
const INDEX = "index"; // in the store: {authority, octets, head}; segments stand there by their hashes

/** What this phone holds of an authority's seals: {authority, size, time, seals, holds}; null where it is nothing, or does not hold. */
export async function loaded(store, authority, trust) {
  const held = await store.get("packs", INDEX);
  if (held?.authority !== authority || !trust?.log) return null;
  try {
    const pack = await verified(held.octets, authority, trust);
    const segments = await Promise.all(pack.digests.map((digest) => store.get("packs", hex(digest))));
    if (segments.some((segment) => !segment)) return null; // a browser may have thrown something away
    return await view(pack, segments, held.head); // which was verified when it came
  } catch (error) {
    if (error instanceof ListError) return null;
    throw error;
  }
}

/** Fetch what is new, and keep it. Resolves to a view as `loaded` gives it, null where nothing new came that can be used. */
export async function refreshed(store, authority, trust, sealLog) {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const { file } = await part();
    const fetched = (name, most) => file(`pack/${authority}/${name}`, { most, signal });
    const octets = await file(`pack/${authority}/${INDEX}`, { most: logPacks.INDEX_BYTES_MAX, signal, cache: "no-cache" });
    const pack = await verified(octets, authority, trust);
    if (sealLog.ahead(pack.iat)) throw new HeadError("log_pack_ahead");
    const head = await sealLog.meetPack(pack.head, trust.log);
    const held = sealLog.pack;
    if (held?.authority === authority && (held.size > head.size || (held.size === head.size && held.time >= head.time))) return null;
    const segments = await Promise.all(
      pack.widths().map(async (width, number) => {
        const kept = await store.get("packs", hex(pack.digests[number]));
        return kept && (await logPacks.isSegment(pack, number, kept)) ? kept : fetched(logPacks.path(number, width), logPacks.SEGMENT_BYTES_MAX);
      }),
    );
    const made = await view(pack, segments, head);
    await keep(store, { authority, octets, head }, pack, segments);
    return made;
  } catch (error) {
    if (error instanceof HeadError) sealLog.fault = error.code;
    const passing = [Unreached, MissingFile, ListError, HeadError, DOMException].some((kind) => error instanceof kind);
    if (!passing) throw error;
    return null;
  }
}

async function verified(octets, authority, trust) {
  const pack = await logPacks.verify(octets, { trust });
  if (pack.authority !== authority) throw new ListError("log_pack_corrupt", "another authority's");
  return pack;
}

async function view(pack, segments, { size, time }) {
  const rows = await logPacks.rows(pack, segments, { size });
  const packed = new logPacks.Packed({ authority: pack.authority, size, time }, rows);
  return { authority: pack.authority, size, time, seals: pack.seals, holds: (...asked) => packed.holds(...asked) };
}

/** Put a pack into the store as a whole, and take out what is of another one. */
async function keep(store, index, pack, segments) {
  const names = pack.digests.map(hex);
  const others = [...(await store.all("packs")).keys()].filter((name) => name !== INDEX && !names.includes(name));
  const changes = [...names.map((name, i) => ["packs", name, segments[i]]), ...others.map((name) => ["packs", name, undefined])];
  await store.write([...changes, ["packs", INDEX, index]], { stores: ["packs"] });
}
