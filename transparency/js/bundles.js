/** Entry bundles (C2SP tlog-tiles, "Log entries"): up to 256 entries, each with its length in two octets before it, high octet first. */

import { joined } from "../../seal/js/octets.js";
import { TileError } from "./errors.js";
import { WIDTH } from "./tiles.js";

export const ENTRY_MAX = 65_535;

/** Return the bundle of 1 to 256 entries. Throws TileError `bundle_malformed` for more, or an entry of more than 65,535 octets. */
export function toBytes(entries) {
  if (entries.length < 1 || entries.length > WIDTH || entries.some((entry) => entry.length > ENTRY_MAX)) {
    throw new TileError("bundle_malformed");
  }
  return joined(...entries.flatMap((entry) => [[entry.length >> 8, entry.length & 0xff], entry]));
}

/** Return exactly `width` entries. Throws TileError `bundle_malformed` for fewer, for more, and for half of one. */
export function parse(data, width) {
  const entries = [];
  let place = 0;
  while (place < data.length && entries.length < width) {
    const start = place + 2;
    if (start > data.length) throw new TileError("bundle_malformed");
    place = start + ((data[start - 2] << 8) | data[start - 1]);
    if (place > data.length) throw new TileError("bundle_malformed");
    entries.push(data.slice(start, place));
  }
  const whole = width >= 1 && width <= WIDTH && entries.length === width && place === data.length;
  if (!whole) throw new TileError("bundle_malformed");
  return entries;
}
