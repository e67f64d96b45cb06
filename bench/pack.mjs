// What bench/pack.py asks of Node: verify and read a pack of the log, look seals up in it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { headOf } from "../inspector_app/pwa/src/seallog/following.js";
import * as packs from "../seal/js/log_packs.js";
import { fromHex } from "../seal/js/octets.js";
import * as trust from "../seal/js/trust.js";

const [folder, asked] = process.argv.slice(2);
const { kid, x, y, trust: list } = JSON.parse(asked);
const root = new trust.Root(fromHex(kid), await trust.publicKey(fromHex(x), fromHex(y)), 1);
const trusted = await trust.verify(fromHex(list), { root });
const file = (name) => new Uint8Array(readFileSync(join(folder, name)));
const leafOf = (position) => {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64BE(BigInt(position));
  return new Uint8Array(createHash("sha256").update(octets).digest());
};

async function load() {
  const pack = await packs.verify(file("index"), { trust: trusted });
  const { size, time } = await headOf(pack.head, trusted.log);
  const rows = await packs.rows(pack, pack.digests.map((_, number) => file(String(number))), { size });
  return new packs.Packed({ authority: pack.authority, size, time }, rows);
}

const memory = () => (globalThis.gc(), process.memoryUsage().arrayBuffers);
const before = memory();
const started = performance.now();
let view = await load();
const first = performance.now() - started;
const held = memory() - before;
view = null;
const start = performance.now();
view = await load(); // everything is compiled now
const loaded = performance.now() - start;
const members = JSON.parse(readFileSync(join(folder, "positions"), "utf8"));
const wanted = members.flatMap((position) => [[position, leafOf(position)], [position, leafOf(position + 1)]]);
let found = 0;
for (let turn = 0; turn < 20; turn++) for (const [position, leaf] of wanted) found += (await view.holds(position, leaf, "MN1")) ? 1 : 0;
if (found !== 20 * members.length) throw new Error("not what stands there");
const times = [];
for (let turn = 0; turn < 50; turn++) {
  const begun = performance.now();
  for (const [position, leaf] of wanted) await view.holds(position, leaf, "MN1");
  times.push(((performance.now() - begun) * 1000) / wanted.length);
}
times.sort((one, other) => one - other);
const fine = (value) => Math.round(value * 100) / 100;
console.log(
  JSON.stringify({
    "loaded in Node, the first time, head's signatures and all hashes verified, ms": fine(first),
    "loaded once more, ms": fine(loaded),
    "memory with what was read, octets": held,
    "look-up, median µs": fine(times[25]),
    "look-up, slowest of fifty rounds, µs": fine(times[49]),
  }),
);
