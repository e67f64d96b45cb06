// What the tests ask of the JavaScript twin. A request is {ask: …} and more; octets travel in hex, and numbers that JSON does not have as
// texts ("NaN", "Infinity"). A refusal is {code}.
import { Near } from "../../inspector_app/pwa/src/inspections/near.js";
import { headOf } from "../../inspector_app/pwa/src/seallog/following.js";
import { Area } from "../../seal/js/area.js";
import * as cbor from "../../seal/js/cbor.js";
import * as claims from "../../seal/js/claims.js";
import * as cose from "../../seal/js/cose.js";
import { Dates } from "../../seal/js/dating.js";
import * as days from "../../seal/js/days.js";
import { SealError } from "../../seal/js/errors.js";
import { find } from "../../seal/js/finding.js";
import * as fixes from "../../seal/js/fixes.js";
import * as fold from "../../seal/js/fold.js";
import * as inflate from "../../seal/js/inflate.js";
import { Held } from "../../seal/js/logs.js";
import * as leaves from "../../seal/js/leaves.js";
import * as logPacks from "../../seal/js/log_packs.js";
import * as license from "../../seal/js/license.js";
import { fromHex, hex, joined } from "../../seal/js/octets.js";
import * as plurals from "../../seal/js/plurals.js";
import * as published from "../../seal/js/published.js";
import * as notices from "../../seal/js/notices.js";
import * as receipts from "../../seal/js/receipt.js";
import * as roots from "../../seal/js/roots.js";
import { roundHalfEven } from "../../seal/js/rounding.js";
import * as sentences from "../../seal/js/sentences.js";
import * as sites from "../../seal/js/sites.js";
import * as site from "../../seal/js/site.js";
import * as status from "../../seal/js/status.js";
import * as trust from "../../seal/js/trust.js";
import * as verdict from "../../seal/js/verdict.js";
import { verify } from "../../seal/js/verify.js";
import * as wire from "../../seal/js/wire.js";
import { INSPECTION_ANSWERS } from "./inspection_answers.js";
import { LOG_ANSWERS } from "./log_answers.js";

export { install } from "../../seal/js/data.js";

const worlds = new Map(); // what was read before, by name

export async function answer({ ask, ...request }) {
  try {
    return await (ANSWERS[ask] ?? LOG_ANSWERS[ask] ?? INSPECTION_ANSWERS[ask])(request);
  } catch (error) {
    if (error instanceof SealError) return { code: error.code };
    return { crash: String(error?.stack ?? error) };
  }
}

const number = (value) => (typeof value === "string" ? Number(value) : value);
const point = ([latitude, longitude]) => ({ latitude: number(latitude), longitude: number(longitude) });

async function root({ kid, x, y, floor_sequence: floor }) {
  return new trust.Root(fromHex(kid), await trust.publicKey(fromHex(x), fromHex(y)), floor);
}

function fixOf(given) {
  if (given === null) return null;
  const accuracyM = number(given.accuracy_m);
  return { ...point([given.latitude, given.longitude]), accuracyM, confidence: given.confidence, measuredAt: new Date(given.measured_at) };
}

/** A pack of one authority's seals, as a phone reads one: every leaf but for its beginning is unknown. */
function packOf({ pack: authority, size, time }, leaves) {
  const [positions, prefixes] = [[...leaves.keys()].sort((one, other) => one - other), []];
  for (const position of positions) prefixes.push(leaves.get(position).subarray(0, logPacks.PREFIX_BYTES));
  return new logPacks.Packed({ authority, size, time }, { positions: Float64Array.from(positions), prefixes: joined(...prefixes) });
}

/** A published pack under a trust list, as an inspector's phone takes it. */
async function publishedPack({ index, segments }, trusted) {
  const pack = await logPacks.verify(fromHex(index), { trust: trusted });
  const { size, time } = await headOf(pack.head, trusted.log, new Dates(Infinity));
  return new logPacks.Packed({ authority: pack.authority, size, time }, await logPacks.rows(pack, segments.map(fromHex), { size }));
}

function logOf(given, trusted) {
  if (!given) return null;
  if (given.index) return publishedPack(given, trusted);
  const leaves = new Map(Object.entries(given.leaves).map(([position, leaf]) => [Number(position), fromHex(leaf)]));
  if (given.pack) return packOf(given, leaves);
  return new Held({ size: given.size, time: given.time, unwitnessedNewer: given.unwitnessed_newer, forked: given.forked }, leaves);
}

/** What else is known of the time, and of lists that are not there yet. */
const told = (dates) => ({ ...dates, ahead: new Set(dates?.ahead) });

async function judge({ world, text, now, hosts = null, fix, check_site: checkSite = true, language = null, log = null, dates = null }) {
  const { trust: trusted, status: lists } = worlds.get(world);
  const said = await verify(text, {
    trust: trusted,
    status: lists.told(told(dates)),
    hosts: hosts ?? trusted.hosts,
    now: new Date(now),
    fix: fixOf(fix),
    checkSite,
    log: await logOf(log, trusted),
  });
  return { object: verdict.asObject(said), lines: language && sentences.lines(said, language) };
}

/** A decoded value as a text that Python writes too (tests/twin/values.py). */
function written(value) {
  if (value instanceof cbor.Float) return `float ${floatBits(value.value)}`;
  if (value instanceof cbor.Simple) return `simple ${value.number}`;
  if (value instanceof Uint8Array) return `bytes ${hex(value)}`;
  if (value instanceof Map) return `{${Array.from(value, ([key, inner]) => `${written(key)}: ${written(inner)}`).join(", ")}}`;
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  if (typeof value === "string") return `text ${hex(new TextEncoder().encode(value))}`;
  return value === cbor.UNDEFINED ? "undefined" : String(value);
}

function floatBits(value) {
  if (Number.isNaN(value)) return "nan";
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

const summary = (list) => ({
  trust: () => ({
    ...{ sequence: list.sequence, issued_at: list.issuedAt, next_update: list.nextUpdate, kids: [...list.keys.keys()].sort() },
    ...{ hosts: [...list.hosts].sort(), types: Object.fromEntries(list.types), activities: Object.fromEntries(list.activities) },
    ...{ violations: Object.fromEntries(list.violations), governorate: list.governorate },
    log: list.log,
    acts: list.acts,
    lists_proven: list.listsProven,
    approvers: list.approvers,
    voided: Object.fromEntries([...list.keys].filter(([, key]) => key.voided.length > 0).map(([kid, key]) => [kid, key.voided])),
    stolen_at: Object.fromEntries([...list.keys].filter(([, key]) => key.stolenAt !== null).map(([kid, key]) => [kid, key.stolenAt])),
    keys: [...list.keys.values()].map((key) => ({
      ...{ roles: key.roles, authority: key.authority, name: key.name, types: Object.fromEntries(key.types), state: key.state },
      ...{ area: key.area && key.area.ring.map(({ latitude, longitude }) => [latitude, longitude]) },
      ...{ not_before: key.notBefore, not_after: key.notAfter },
    })),
  }),
  status: () => ({
    ...{ uri: list.uri, iat: list.iat, exp: list.exp, bits: list.bits, entries: list.length, trust_sequence: list.trustSequence },
    ...(list.sequence ? { sequence: list.sequence } : {}),
    octets: hex(list.octets),
  }),
});

async function visited(reader, files, known, now) {
  try {
    const loaded = await published.load(files, { root: known, memory: reader.memory, now, held: reader.used?.trust });
    reader.used = reader.used ? await published.kept(reader.used, loaded) : loaded;
    reader.memory = loaded.memory;
    return loaded.faults;
  } catch (error) {
    if (error instanceof SealError) return { "trust-list": error.code };
    throw error;
  }
}

async function statusSaid(used, text, now) {
  if (!used) return null;
  const said = await verify(text, { trust: used.trust, status: used.status, hosts: used.trust.hosts, now: new Date(now) });
  return said.finding("status").code;
}
const described = ({ keys, issuedAt, floorSequence, ...held }) => ({
  ...{ ...held, kids: keys.map(({ kid }) => hex(kid)), issued_at: issuedAt, floor_sequence: floorSequence },
});

const ANSWERS = {
  /** Read a trust list and what hangs on it, keep them under a name. */
  async world({ name, root: pinned, trust: data, status: lists = [] }) {
    const trusted = await trust.verify(fromHex(data), { root: await root(pinned) });
    const entries = await Promise.all(lists.map((list) => status.verify(fromHex(list), { trust: trusted })));
    worlds.set(name, { trust: trusted, status: status.collect(entries) });
    return {};
  },
  judge,
  /** A pack of licensed sites, with its changes if there are any, as rows. */
  async sites({ world, hex: data, changes = null }) {
    const { trust: trusted } = worlds.get(world);
    let pack = await sites.verify(fromHex(data), { trust: trusted });
    if (changes) pack = pack.withChanges(await sites.verify(fromHex(changes), { trust: trusted }));
    const rows = Array.from({ length: pack.length }, (_, row) => ({ ...pack.site(row), cti: hex(pack.site(row).cti) }));
    return { authority: pack.authority, iat: pack.iat, base: pack.base, rows, newest: pack.newest() };
  },
  /** A pack of the log: what it says of positions, [position, leaf, authority] each. */
  async log_pack({ world, index, segments, size, asked }) {
    const pack = await logPacks.verify(fromHex(index), { trust: worlds.get(world).trust });
    const view = new logPacks.Packed({ authority: pack.authority, size, time: pack.iat }, await logPacks.rows(pack, segments.map(fromHex), { size }));
    const paths = pack.widths().map((width, number) => logPacks.path(number, width));
    return { holds: await Promise.all(asked.map(([position, leaf, authority]) => view.holds(position, fromHex(leaf), authority))), paths };
  },
  /** What the phone finds around a place in a pack: [cti, whole metres, standing] of each, and how many share a type and a place. */
  async near({ world, hex: data, place, metres, now, type }) {
    const near = new Near(await sites.verify(fromHex(data), { trust: worlds.get(world).trust }));
    const found = near.around(place, metres, { now }).map(({ cti, distance, standing }) => [hex(cti), Math.round(distance), standing]);
    return { found, sharing: near.sharing(place, type, { now }).length };
  },
  async receipt({ world, text, now }) {
    const { trust: trusted } = worlds.get(world);
    const said = await receipts.verify(text, { trust: trusted, hosts: trusted.hosts, now: new Date(now) });
    return { state: said.state, code: said.code, receipt: said.receipt, kid: said.key && hex(said.key.kid), ours: receipts.ours(text) };
  },
  async notice({ world, text, now }) {
    const { trust: trusted } = worlds.get(world);
    const said = await notices.verify(text, { trust: trusted, hosts: trusted.hosts, now: new Date(now) });
    return { state: said.state, code: said.code, notice: said.notice, kid: said.key && hex(said.key.kid), ours: notices.ours(text) };
  },
  async answer({ requests }) {
    const all = await Promise.all(
      requests.map(({ world, text, now, fix }) =>
        verify(text, { ...worlds.get(world), hosts: worlds.get(world).trust.hosts, now: new Date(now), fix: fixOf(fix) }),
      ),
    );
    return { object: verdict.answer(all) };
  },
  async list({ kind, hex: data, root: pinned, seen = 0, world }) {
    if (kind === "trust") {
      return { read: summary(await trust.verify(fromHex(data), { root: await root(pinned), seenSequence: seen })).trust() };
    }
    const reader = { status: status.verify }[kind];
    return { read: summary(await reader(fromHex(data), { trust: worlds.get(world).trust }))[kind]() };
  },
  async published({ files, root: pinned, memory, now, held: before = null }) {
    const octets = new Map(Object.entries(files).map(([name, data]) => [name, fromHex(data)]));
    const known = await root(pinned);
    const held = before && (await trust.verify(fromHex(before), { root: known }));
    const { status: lists, faults, memory: learned, trust: trusted } = await published.load(octets, { root: known, memory, now, held });
    const dates = { attested: lists.attested, dated: lists.dated, ahead: [...lists.ahead].sort() };
    return { sequence: trusted.sequence, uris: [...lists.lists.keys()].sort(), faults, memory: learned, dates };
  },
  /** Where a reader comes to that pins the first of some root documents; `kept`: it is that document's octets which it would remember. */
  async walk({ files }) {
    const octets = files.map(fromHex);
    const first = await roots.pinned(octets[0]);
    const { document, data, fault } = await roots.walk(first, (version) => octets[version - first.version] ?? null);
    return { version: document.version, fault, kept: (data ?? octets[0]) === octets[document.version - first.version] };
  },
  async succeed({ former, hex: data }) {
    return described(await roots.succeed(await roots.pinned(fromHex(former)), fromHex(data)));
  },
  async pinned({ hex: data }) {
    return described(await roots.pinned(fromHex(data)));
  },
  /** A trust list under a root document. */
  async rooted({ root: pinned, trust: data }) {
    const { sequence, nextUpdate } = await trust.verify(fromHex(data), { root: await roots.pinned(fromHex(pinned)) });
    return { sequence, next_update: nextUpdate };
  },
  async kept({ before, after, root: pinned, now: [first, second] }) {
    const read = async (files, now) => {
      const octets = new Map(Object.entries(files).map(([name, data]) => [name, fromHex(data)]));
      return published.load(octets, { root: await root(pinned), memory: published.BLANK, now });
    };
    const { trust: trusted, status: lists } = await published.kept(await read(before, first), await read(after, second));
    const iats = Object.fromEntries(Array.from(lists.lists, ([uri, { iat }]) => [uri, iat]));
    const dates = { attested: lists.attested, dated: lists.dated, ahead: [...lists.ahead].sort() };
    return { sequence: trusted.sequence, iats, newest: lists.newest, dates };
  },
  /** What a phone says that saw the folder of files as it was at each of some visits, in their order. */
  async phone({ visits, root: pinned, text, now, at: times = [] }) {
    const [known, faults] = [await root(pinned), []];
    let [used, memory] = [null, published.BLANK];
    for (const [visit, files] of visits.entries()) {
      const octets = new Map(Object.entries(files).map(([name, data]) => [name, fromHex(data)]));
      const at = times[visit] ?? Math.floor(Date.parse(now) / 1000); // a clock may have been wrong
      const loaded = await published.load(octets, { root: known, memory, now: at, held: used?.trust });
      used = used ? await published.kept(used, loaded) : loaded;
      memory = loaded.memory;
      faults.push(loaded.faults);
    }
    const said = await verify(text, { trust: used.trust, status: used.status, hosts: used.trust.hosts, now: new Date(now), checkSite: false });
    return { object: verdict.asObject(said), faults };
  },
  /** What readers make of the files of some visits: [codes by file, or the trust list's, the status check by one that ran on, by one begun anew]. */
  async visits({ visits, root: pinned, text, now }) {
    const known = await root(pinned);
    const [ranOn, anew] = [{ memory: published.BLANK, used: null }, { memory: published.BLANK, used: null }];
    const said = [];
    for (const { trust: trusted, lists } of visits) {
      const files = new Map([["trust-list", fromHex(trusted)], ...lists.map((data, place) => [`status/${place + 1}`, fromHex(data)])]);
      const at = Math.floor(Date.parse(now) / 1000);
      const faults = await visited(ranOn, files, known, at);
      anew.used = null;
      anew.memory = JSON.parse(JSON.stringify(anew.memory));
      const others = await visited(anew, files, known, at);
      if (JSON.stringify(others) !== JSON.stringify(faults)) return { differ: [faults, others] };
      said.push({ faults, ran_on: await statusSaid(ranOn.used, text, now), begun_anew: await statusSaid(anew.used, text, now) });
    }
    return { said };
  },
  cbor({ hex: data }) {
    return { value: written(cbor.parse(fromHex(data))) };
  },
  loads({ hex: data }) {
    return { value: written(cbor.loads(fromHex(data)).value) };
  },
  claims({ hex: data }) {
    const { site: place, details, cti, ...held } = claims.fromBytes(fromHex(data));
    return { ...held, cti: hex(cti), details: [...details], radius: place.radiusM, footprint: place.footprint, point: Object.values(place.point) };
  },
  sign1({ hex: data }) {
    const message = cose.fromBytes(fromHex(data));
    return { parts: [message.protected, message.payload, message.signature].map(hex), token: hex(message.toBytes()) };
  },
  async leaf({ parts }) {
    const entry = await leaves.entryOf(new cose.Sign1(...parts.map(fromHex)));
    return { entry: hex(entry), leaf: hex(await leaves.leafOf(entry)) };
  },
  positions({ slots }) {
    const positions = slots.map((slot) => leaves.positionOf(...slot));
    return { positions, slots: positions.map(leaves.slotOf), void: hex(leaves.VOID) };
  },
  unfold({ hex: data }) {
    return { parts: fold.unfold(fromHex(data)).map(hex) };
  },
  wire({ text }) {
    const parts = wire.parse(text);
    const { protected: header, payload, signature } = wire.unpack(parts).message;
    return { host: parts.host, parts: [header, payload, signature].map(hex) };
  },
  ours({ text }) {
    return { ours: wire.ours(text) };
  },
  inflate({ hex: data, limit }) {
    const octets = inflate.inflate(fromHex(data), limit);
    return { octets: octets && hex(octets) };
  },
  raw({ hex: data, limit, preset }) {
    const { octets, broken, ended, unused } = inflate.inflateRaw(fromHex(data), limit, preset === null ? null : fromHex(preset));
    return { octets: broken ? null : hex(octets), broken, ended, unused: broken ? null : unused };
  },
  async key({ x, y }) {
    await trust.publicKey(fromHex(x), fromHex(y));
    return {};
  },
  async root({ jwk }) {
    const { kid, floorSequence } = await trust.Root.fromJwk(jwk);
    return { kid: hex(kid), floor_sequence: floorSequence };
  },
  async signature({ x, y, message, signature }) {
    const key = await trust.publicKey(fromHex(x), fromHex(y));
    await cose.verify({ signed: () => fromHex(message), signature: fromHex(signature) }, key);
    return {};
  },
  distances({ pairs }) {
    return {
      answers: pairs.map(({ origin, footprint, place }) => {
        const here = { point: point(origin), radiusM: footprint.length ? 0 : 40, footprint };
        const there = point(place);
        return [site.distanceM(here, there.latitude, there.longitude), site.bearingDegrees(there, here.point)];
      }),
    };
  },
  footprints({ rings }) {
    return { faults: rings.map(site.footprintFault) };
  },
  areas({ cases }) {
    return { inside: cases.map(({ ring, spot }) => new Area(ring.map(point)).holds(point(spot))) };
  },
  fixes({ texts }) {
    return {
      fixes: texts.map((text) => {
        try {
          const { latitude, longitude, accuracyM } = fixes.parse(text, { measuredAt: new Date(0) });
          return [latitude, longitude, accuracyM];
        } catch (error) {
          if (error instanceof SealError) return error.code;
          throw error;
        }
      }),
    };
  },
  find({ text, hosts, prefix }) {
    return { found: find(text, hosts, prefix) };
  },
  plurals({ numbers, language }) {
    const theirs = new Intl.PluralRules(language);
    return { ours: numbers.map((each) => plurals.category(each, language)), theirs: numbers.map((each) => theirs.select(each)) };
  },
  written({ points }) {
    return { written: points.map(claims.positionText) };
  },
  days({ seconds }) {
    return { days: seconds.map(days.dayOf) };
  },
  rounded({ numbers, digits }) {
    return { rounded: numbers.map((each) => String(roundHalfEven(each, digits))) };
  },
  said({ distances, bearings }) {
    return { distances: distances.map((each) => sentences.distance(each, "en")), winds: bearings.map((each) => sentences.direction(each, "ar")) };
  },
  numbers({ texts }) {
    return { numbers: texts.map(license.isNumber), prefixes: texts.map(license.prefixOf) };
  },
  alphabet() {
    return { alphabet: fold.ALPHABET };
  },
};
