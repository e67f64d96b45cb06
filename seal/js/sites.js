/**
 * The licensed sites of an authority, for inspectors' phones (docs/format.md §15). This side only reads.
 *
 * A pack is kept as its columns: a hundred thousand objects would be slow and large. `site(row)` gives one of them,
 * {cti, type, latitude, longitude, reachM, nbf, exp, status, since, name}, as seal/sites.py describes it.
 */

import * as cbor from "./cbor.js";
import * as cose from "./cose.js";
import { FormatError, ListError, SignatureError } from "./errors.js";
import { inflate } from "./inflate.js";
import { AUTHORITY, FORBIDDEN, TEXT_LIMITS, TYPE } from "./license.js";
import { hex } from "./octets.js";
import { statusKey } from "./status.js";

export const TYP = "application/khatm-sites+cose";
export const SITES_MAX = 1_000_000;
export const INFLATED_MAX = 512 << 20; // octets
export const SCALE = 1e7; // parts of a degree, a centimetre
export const CTI_BYTES = 5;
const NEVER = -(2 ** 53); // the exp of what is open-ended
const NEEDED = [6, "authority", "columns", "count", "types"];
const SUPERSEDED = 3;

/** The sites of `authority` at `iat`; with a `base` only what is new since the pack that has this iat. */
export class SitePack {
  #columns;

  constructor(authority, iat, base, columns) {
    Object.assign(this, { authority, iat, base, length: columns.names.length });
    this.#columns = columns;
    Object.freeze(this);
  }

  site(row) {
    const { ctis, types, kinds, latitudes, longitudes, reaches, nbfs, exps, statuses, sinces, names } = this.#columns;
    return {
      cti: ctis.subarray(row * CTI_BYTES, (row + 1) * CTI_BYTES),
      type: types[kinds[row]],
      latitude: latitudes[row] / SCALE,
      longitude: longitudes[row] / SCALE,
      reachM: reaches[row],
      nbf: nbfs[row],
      exp: exps[row] === NEVER ? null : exps[row],
      status: statuses[row],
      since: sinces[row],
      name: names[row],
    };
  }

  /** Return this pack brought up to date. Throws ListError `sites_other_base`. */
  withChanges(changes) {
    if (changes.authority !== this.authority || changes.base !== this.iat) throw new ListError("sites_other_base", changes.authority);
    const held = new Map();
    for (const pack of [this, changes]) for (let row = 0; row < pack.length; row++) held.set(hex(pack.site(row).cti), [pack, row]);
    return new SitePack(this.authority, changes.iat, null, gathered([...held.values()].map(([pack, row]) => pack.site(row))));
  }

  /** Return the rows of the newest edition of each license, without what was superseded. */
  newest() {
    const found = new Map();
    for (let row = 0; row < this.length; row++) {
      const { cti, status } = this.site(row);
      const license = hex(cti.subarray(0, 4));
      const before = found.get(license);
      if (status !== SUPERSEDED && (before === undefined || this.site(before).cti[4] < cti[4])) found.set(license, row);
    }
    return [...found.values()];
  }
}

function gathered(sites) {
  const types = [...new Set(sites.map(({ type }) => type))].sort();
  const column = (name) => sites.map((site) => site[name]);
  const ctis = new Uint8Array(sites.length * CTI_BYTES);
  sites.forEach(({ cti }, row) => ctis.set(cti, row * CTI_BYTES));
  return {
    ctis,
    types,
    kinds: sites.map(({ type }) => types.indexOf(type)),
    latitudes: sites.map(({ latitude }) => Math.round(latitude * SCALE)),
    longitudes: sites.map(({ longitude }) => Math.round(longitude * SCALE)),
    reaches: column("reachM"),
    nbfs: column("nbf"),
    exps: sites.map(({ exp }) => exp ?? NEVER),
    statuses: column("status"),
    sinces: column("since"),
    names: column("name"),
  };
}

/** Return a promise of the pack in `data`. Throws ListError `sites_corrupt` or `sites_wrong_key`. */
export async function verify(data, { trust }) {
  try {
    return parse(await cose.openTyped(data, TYP, (kid) => statusKey(trust, kid)));
  } catch (error) {
    if (error instanceof SignatureError) throw new ListError("sites_wrong_key", error.message);
    if (error instanceof FormatError || error instanceof TypeError) throw new ListError("sites_corrupt", error.message);
    throw error;
  }
}

function parse(payload) {
  const members = payload instanceof Map ? [...payload.keys()] : [];
  if (!NEEDED.every((key) => members.includes(key)) || !members.every((key) => NEEDED.includes(key) || key === "base")) {
    throw new FormatError("damaged", "sites");
  }
  const [authority, count, types, packed, iat] = ["authority", "count", "types", "columns", 6].map((key) => payload.get(key));
  const base = payload.get("base") ?? null;
  const numbers = [iat, count, payload.has("base") ? payload.get("base") : 0].every(cbor.isInteger);
  if (typeof authority !== "string" || !numbers || count < 0 || count > SITES_MAX || !(packed instanceof Uint8Array)) {
    throw new FormatError("damaged", "sites");
  }
  const columns = inflate(packed, INFLATED_MAX);
  if (!columns) throw new FormatError("damaged", "sites");
  const reader = new Reader(columns, count);
  const ctis = reader.octets(CTI_BYTES);
  const [kinds, latitudes, longitudes, reaches] = [reader.take("Uint8", 1), reader.take("Int32", 4), reader.take("Int32", 4), reader.take("Uint16", 2)];
  const [nbfs, exps, statuses, sinces] = [reader.take("BigInt64", 8), reader.take("BigInt64", 8), reader.take("Uint8", 1), reader.take("BigInt64", 8)];
  if (!Array.isArray(types) || kinds.some((kind) => kind >= types.length)) throw new FormatError("damaged", "sites");
  const names = count ? reader.rest().split("\n") : [];
  if (names.length !== count || (columns.length && !count)) throw new FormatError("damaged", "sites");
  const pack = new SitePack(authority, iat, base, { ctis, types, kinds, latitudes, longitudes, reaches, nbfs, exps, statuses, sinces, names });
  check(pack);
  return pack;
}

class Reader {
  constructor(data, count) {
    Object.assign(this, { data, count, place: 0, view: new DataView(data.buffer, data.byteOffset, data.byteLength) });
  }

  octets(each) {
    const start = this.place;
    this.place += each * this.count;
    if (this.place > this.data.length) throw new FormatError("damaged", "sites");
    return this.data.subarray(start, this.place);
  }

  take(kind, each) {
    const start = this.place;
    this.octets(each);
    return Array.from({ length: this.count }, (_, row) => Number(this.view[`get${kind}`](start + row * each)));
  }

  rest() {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.data.subarray(this.place));
  }
}

/** Hold a pack to its limits. Throws FormatError `limit_broken`. */
function check(pack) {
  const ids = new Set();
  for (let row = 0; row < pack.length; row++) {
    const site = pack.site(row);
    ids.add(hex(site.cti));
    if (!within(site)) throw new FormatError("limit_broken", "sites");
  }
  if (!AUTHORITY.test(pack.authority) || ids.size !== pack.length) throw new FormatError("limit_broken", "sites");
}

function within({ type, latitude, longitude, status, nbf, exp, since, name }) {
  const length = [...name].length;
  return (
    typeof type === "string" &&
    TYPE.test(type) &&
    Math.abs(latitude) <= 90 &&
    Math.abs(longitude) <= 180 &&
    status <= 3 &&
    [nbf, since, exp ?? 0].every((moment) => Math.abs(moment) < 2 ** 53) &&
    length > 0 &&
    length <= TEXT_LIMITS.tradeName &&
    !FORBIDDEN.test(name)
  );
}
