/**
 * The chain of what one device signed: each inspection names the one before, so that none is lost, slipped in or changed unseen.
 *
 * The newest end that is whole is its head. The server signs it for the device, so that a tail that was cut off shows on either side
 * (docs/format.md §14.3). A head is {device, sequence, digest}: 16 octets, a number from 0, 32 octets or null.
 */

import * as cose from "./cose.js";
import { kidOf, KID_BYTES } from "./device.js";
import { FormatError, SealError } from "./errors.js";
import { DIGEST_BYTES, digest, openInspection, SEQUENCE_MAX } from "./inspection.js";
import { listOf, number, octets, shape } from "./inspection_fields.js";
import { compare as order, hex } from "./octets.js";

export const TYP = "application/khatm-inspection-head+cose";
export const GAPS_MAX = 256;

const same = (one, other) => (one === null || other === null ? one === other : order(one, other) === 0);

/** Return the head of a device that signed nothing yet. */
export const start = (device) => ({ device, sequence: 0, digest: null });

/** Say how an inspection stands to a head: "next", "gap", "broken" or "behind" (repeated or forked). */
export function link(head, held) {
  if (held.sequence <= head.sequence) return "behind";
  if (held.sequence > head.sequence + 1) return "gap";
  return same(held.previous, head.digest) ? "next" : "broken";
}

/** Compare a device's own newest sequence and digest with the server's head; `at` gives the digest that the server has at a sequence. */
export function compare(server, sequence, newest, at) {
  if (sequence < server.sequence) return same(sequence ? at(sequence) : null, newest) ? "phone_behind" : "forked";
  if (sequence > server.sequence) return "phone_ahead";
  return same(server.digest, newest) ? "agrees" : "forked";
}

/**
 * Judge messages, in whatever order, as the chain of the device with that key; return a promise of {codes, head, gaps, cut}. `known` is a head
 * that it must reach. The codes are those of seal/chain.py.
 */
export async function judge(key, messages, known = null) {
  const device = await kidOf(key);
  const [codes, held, ids, names] = [[], new Map(), new Set(), []];
  for (const data of messages) {
    names.push(await digest(data));
    codes.push(await sortedIn(held, ids, data, names.at(-1), device, key));
  }
  const [head, linked] = walk(device, held);
  const sequences = new Map(Array.from(held, ([sequence, { name }]) => [hex(name), sequence]));
  const told = codes.map((code, i) => code || standing(held, linked, sequences.get(hex(names[i]))));
  const newest = Math.max(0, ...held.keys());
  const gaps = Array.from({ length: newest }, (_, i) => i + 1).filter((sequence) => !held.has(sequence));
  const reached = !known || known.sequence === 0 || (held.has(known.sequence) && same(held.get(known.sequence).name, known.digest));
  return { codes: told, head, gaps: gaps.slice(0, GAPS_MAX), cut: !reached };
}

async function sortedIn(held, ids, data, name, device, key) {
  let found;
  try {
    found = await openInspection(data, (kid) => only(kid, device, key));
  } catch (error) {
    if (error instanceof SealError) return error.code;
    throw error;
  }
  const there = held.get(found.sequence);
  if (there) return same(there.name, name) ? "repeated" : "forked";
  if (ids.has(hex(found.id))) return "id_taken";
  ids.add(hex(found.id));
  held.set(found.sequence, { held: found, name });
  return "";
}

function only(kid, device, key) {
  if (order(kid, device) !== 0) throw new FormatError("other_device", hex(kid).slice(0, 32));
  return key;
}

function walk(device, held) {
  let head = start(device);
  const linked = new Set();
  for (;;) {
    const following = held.get(head.sequence + 1);
    if (!following || link(head, following.held) !== "next") return [head, linked];
    head = { device, sequence: head.sequence + 1, digest: following.name };
    linked.add(head.sequence);
  }
}

function standing(held, linked, sequence) {
  if (linked.has(sequence)) return "linked";
  const before = held.get(sequence - 1);
  if (!before) return "gap";
  return same(held.get(sequence).held.previous, before.name) ? "linked" : "broken";
}

const SHAPE = shape(
  [
    [6, number(0, Number.MAX_SAFE_INTEGER)],
    ["device", octets(KID_BYTES)],
    ["gaps", listOf(number(1, SEQUENCE_MAX), GAPS_MAX)],
    ["seq", number(0, SEQUENCE_MAX)],
  ],
  [["digest", octets(DIGEST_BYTES)]],
);

/** Verify a head that the server with that key signed; return a promise of {head, iat, gaps}. Throws FormatError or SignatureError. */
export async function openHead(data, key) {
  const server = await kidOf(key);
  const payload = await cose.openTyped(data, TYP, (kid) => only(kid, server, key), cose.ESP256);
  SHAPE(payload);
  const head = { device: payload.get("device"), sequence: payload.get("seq"), digest: payload.get("digest") ?? null };
  if ((head.sequence === 0) !== (head.digest === null)) throw new FormatError("limit_broken", "head");
  return { head, iat: payload.get(6), gaps: payload.get("gaps") };
}
