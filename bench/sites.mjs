// What bench/sites.py asks of Node: read a signed pack, index it, look around at places of its own.
import { readFileSync } from "node:fs";

import { Near } from "../inspector_app/pwa/src/inspections/near.js";
import { fromHex } from "../seal/js/octets.js";
import * as sites from "../seal/js/sites.js";
import * as trust from "../seal/js/trust.js";

const [path, asked] = process.argv.slice(2);
const { kid, x, y, trust: list } = JSON.parse(asked);
const root = new trust.Root(fromHex(kid), await trust.publicKey(fromHex(x), fromHex(y)), 1);
const trusted = await trust.verify(fromHex(list), { root });
const data = new Uint8Array(readFileSync(path));

const spent = () => process.cpuUsage().user / 1000;
let start = spent();
const pack = await sites.verify(data, { trust: trusted });
const read = spent() - start;
start = spent();
const near = new Near(pack);
const indexed = spent() - start;
const looks = [];
let seen = 0;
for (let turn = 0; turn < 500; turn++) {
  const place = pack.site((turn * 7919) % pack.length);
  const before = performance.now();
  seen += near.around(place, 150, { now: pack.iat }).length;
  looks.push(performance.now() - before);
}
looks.sort((one, other) => one - other);
const whole = (value) => Math.round(value);
const fine = (value) => Math.round(value * 1000) / 1000;
console.log(
  JSON.stringify({
    "read in Node, CPU ms": whole(read),
    "indexed, CPU ms": whole(indexed),
    "look around 150 m, median ms": fine(looks[250]),
    "look around 150 m, p99 ms": fine(looks[495]),
    "sites in a look, mean": fine(seen / 500),
  }),
);
