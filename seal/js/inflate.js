/**
 * Inflating within bounds, as Python's zlib module does it: the same octets, and the same end for every broken stream.
 *
 * pako is zlib itself, line by line, so it is driven as zlib is: one call, one buffer as large as the limit.
 */

import { ZStream, Z_DATA_ERROR, Z_STREAM_END, Z_SYNC_FLUSH, zlibInflate, zlibInflateInit2, zlibInflateSetDictionary } from "pako";

const RAW = -15; // no header and no checksum, 32 KB of window

/**
 * Inflate a raw DEFLATE stream (RFC 1951) and return {octets, broken, ended, unused}: what came out, at most `limit` octets; whether the
 * stream is no DEFLATE; whether its end was reached; and how many octets of `packed` were not needed.
 */
export function inflateRaw(packed, limit, dictionary = null) {
  const stream = new ZStream();
  zlibInflateInit2(stream, RAW);
  if (dictionary) zlibInflateSetDictionary(stream, dictionary);
  Object.assign(stream, { input: packed, next_in: 0, avail_in: packed.length });
  Object.assign(stream, { output: new Uint8Array(limit), next_out: 0, avail_out: limit });
  const status = zlibInflate(stream, Z_SYNC_FLUSH);
  const octets = stream.output.subarray(0, stream.next_out);
  return { octets, broken: status === Z_DATA_ERROR, ended: status === Z_STREAM_END, unused: stream.avail_in };
}

/**
 * Inflate a ZLIB stream (RFC 1950) that is all of `packed` and holds at most `limit` octets; null for anything else.
 *
 * Header and checksum are looked at here: pako lets a second stream follow the first, and its window depends on the header.
 */
export function inflate(packed, limit) {
  const [method, flags] = packed;
  if (packed.length < 6 || (method & 15) !== 8 || method >> 4 > 7 || (method * 256 + flags) % 31 !== 0 || flags & 32) return null;
  const { octets, broken, ended, unused } = inflateRaw(packed.subarray(2), limit);
  if (broken || !ended || unused !== 4) return null;
  const checksum = new DataView(packed.buffer, packed.byteOffset + packed.length - 4, 4).getUint32(0);
  return checksum === adler32(octets) ? octets : null;
}

/** Return the Adler-32 checksum of RFC 1950 §8.2. */
function adler32(octets) {
  let [a, b] = [1, 0];
  for (const octet of octets) {
    a = (a + octet) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 0x10000 + a;
}
