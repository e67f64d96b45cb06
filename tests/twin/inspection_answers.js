// What the tests ask of the twin of what devices sign (tests/twin/answers.js). Octets travel in hex.
import * as cbor from "../../seal/js/cbor.js";
import * as chain from "../../seal/js/chain.js";
import * as cose from "../../seal/js/cose.js";
import * as device from "../../seal/js/device.js";
import { encode } from "../../seal/js/encode.js";
import * as inspection from "../../seal/js/inspection.js";
import { fromHex, hex } from "../../seal/js/octets.js";
import { publicKey } from "../../seal/js/trust.js";

const keyOf = ({ x, y }) => publicKey(fromHex(x), fromHex(y));
const octets = (value) => value && fromHex(value);

/** Octets as a Uint8Array, whatever `encode` gave. */
const hexOf = (data) => hex(Uint8Array.from(data));

export const INSPECTION_ANSWERS = {
  async chain({ key, messages, known }) {
    const head = known && { sequence: known.sequence, digest: octets(known.digest) };
    const judged = await chain.judge(await keyOf(key), messages.map(fromHex), head);
    const { sequence, digest } = judged.head;
    return { codes: judged.codes, sequence, digest: digest && hex(digest), gaps: judged.gaps, cut: judged.cut };
  },
  async device_object({ kind, data, key }) {
    const held = fromHex(data);
    if (kind === "enrolment") {
      const { code, app, protocol, iat } = await device.openEnrolment(held);
      return { read: { code, app, protocol, iat } };
    }
    if (kind === "head") {
      const { head, iat, gaps } = await chain.openHead(held, await keyOf(key));
      return { read: { device: hex(head.device), sequence: head.sequence, digest: head.digest && hex(head.digest), iat, gaps } };
    }
    return { read: hexOf(inspection.toBytes(inspection.fromBytes(held))) };
  },
  async is_photograph({ key, message, file }) {
    const held = await inspection.openInspection(fromHex(message), () => keyOf(key));
    return { expected: await inspection.isPhotograph(held, fromHex(file)) };
  },
  /** What is decoded and encoded again. */
  encoded({ data }) {
    return { data: hexOf(encode(cbor.parse(fromHex(data)))) };
  },
  /** A chain made here: each payload signed by a key that the browser made and does not give away, and the request to enrol it. */
  async device_signs({ payloads, code }) {
    const { publicKey: open, privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    const [signer, kid] = [cose.privateSigner(privateKey), await device.kidOf(open)];
    const messages = [];
    for (const payload of payloads) {
      const previous = messages.length ? await inspection.digest(messages.at(-1)) : null;
      const held = { ...inspection.fromBytes(fromHex(payload)), sequence: messages.length + 1, previous };
      messages.push(await inspection.sign(held, kid, signer));
    }
    const enrolment = await device.signEnrolment({ code, key: open, app: "0.2.0", iat: 1 }, signer);
    const judged = await chain.judge(open, messages);
    return { messages: messages.map(hex), enrolment: hex(enrolment), codes: judged.codes };
  },
  compared({ server, sequence, newest, digests }) {
    const at = (place) => octets(digests[place - 1] ?? null);
    return { comparison: chain.compare({ ...server, digest: octets(server.digest) }, sequence, octets(newest), at) };
  },
};
