// The licensed sites of this phone's authority: fetched when the server is met, kept as they came, read under the trust list.
import * as api from "./api.js";
import { SealError, sites } from "./core.js";
import { Near } from "./near.js";

const EVERY_MS = 600_000; // changes are asked for so often at most

/** What is kept: {authority, whole, changes, etags, at}; octets as they came. null before the first. */
const kept = (store) => store.get("device", "sites");

/** Ask the server for what is new. What cannot be read is not kept. Resolves to whether something changed. Rejects with api.Unreachable. */
export async function refreshed(store, device, trust, { now, force = false }) {
  const held = await kept(store);
  const mine = held?.authority === device.authority ? held : null;
  if (!trust || (mine && !force && now - mine.at < EVERY_MS)) return false;
  const [whole, changes] = [await api.sites(device.token, "", mine?.etags.whole), await api.sites(device.token, "/changes", mine?.etags.changes)];
  const next = {
    authority: device.authority,
    whole: whole.same ? mine.whole : whole.octets,
    changes: changes.same ? mine.changes : changes.octets,
    etags: { whole: whole.same ? mine.etags.whole : whole.etag, changes: changes.same ? mine.etags.changes : changes.etag },
    at: now,
  };
  if (next.whole && !(await read(next, trust))) return false;
  await store.put("device", "sites", next);
  return !(whole.same && changes.same);
}

/** The index of the sites that this phone holds, null where there are none, or none that hold under the trust list: {near, iat, authority}. */
export async function loaded(store, device, trust) {
  const held = await kept(store);
  if (!trust || !held?.whole || held.authority !== device.authority) return null;
  const pack = await read(held, trust);
  return pack && { near: new Near(pack), iat: pack.iat, authority: pack.authority };
}

/** A pack with its changes; changes of another one, or broken ones, only leave it older. null for a broken pack, or another authority's. */
async function read({ authority, whole, changes }, trust) {
  const pack = await verified(whole, trust);
  if (pack?.authority !== authority || pack.base !== null) return null;
  const newer = changes && (await verified(changes, trust));
  return newer?.base === pack.iat && newer.authority === authority ? pack.withChanges(newer) : pack;
}

async function verified(data, trust) {
  try {
    return await sites.verify(data, { trust });
  } catch (error) {
    if (error instanceof SealError) return null;
    throw error;
  }
}
