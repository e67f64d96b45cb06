// Sends what lies in the outbox: one tab at a time, the oldest first, each photograph by its hash. Every answer is stored before the next
// question, so a page may be closed at any moment: what was sent and not confirmed is sent again, which is harmless.
import * as api from "./api.js";
import { checklistsIn } from "./checklists.js";
import { serverHead } from "./enrolling.js";
import { compared } from "./heads.js";
import * as outbox from "./outbox.js";
import { Refusal } from "./refusal.js";

const STATES = new Set(["active", "suspended", "lost", "replaced"]);
const OF_DEVICE = new Set([401, 403]); // such an answer is about the phone, not about one inspection

const TURN_MS = 60_000; // so long another tab may take before this one gives up for now

/**
 * Send all that is due. Resolves to whether all went well: false if the server could not be reached, null if another tab is still at it.
 * `told` is called after each step.
 */
export async function sent(store, { app, told = () => {} }) {
  try {
    return await navigator.locks.request("khatm-outbox", { signal: AbortSignal.timeout(TURN_MS) }, () => run(store, { app, told }));
  } catch (error) {
    if (error.name === "TimeoutError" || error.name === "AbortError") return null;
    throw error;
  }
}

async function run(store, { app, told }) {
  const kid = await store.get("device", "current");
  const kids = [...((await store.get("device", "former")) ?? []), ...(kid ? [kid] : [])];
  let good = true;
  for (const one of kids) good = (await ofDevice(store, one, { app, told, former: one !== kid })) && good;
  return good;
}

async function ofDevice(store, kid, { app, told, former }) {
  const waiting = (await of(store, kid)).some(outbox.due);
  if (former && !waiting) return true;
  try {
    await contact(store, kid, app);
    told();
    await sendAll(store, kid, told);
    return true;
  } catch (error) {
    if (error instanceof api.Unreachable) return false;
    if (error instanceof api.Refused) await amendDevice(store, kid, { refused: error.code, refusedWords: error.words });
    else if (error instanceof Refusal) await amendDevice(store, kid, { verdict: error.code });
    else throw error;
    return true; // asking again soon would help nobody
  } finally {
    told();
  }
}

/** All inspections of one device's chain, in order. */
export async function of(store, kid) {
  return outbox.inOrder([...(await store.all("inspections")).values()].filter(({ device }) => device === kid));
}

/** Tell the server how this phone stands, hear how it stands there, and compare the two. */
async function contact(store, kid, app) {
  const [device, all] = [await store.get("device", kid), await of(store, kid)];
  const { head } = device;
  const answer = await api.contact(device.token, { app, unsent: outbox.unsent(all), seq: head.sequence, digest: head.digest });
  const server = await serverHead(device, answer.head);
  const { verdict, resend } = compared(await newest(store, kid), server, device.server, await of(store, kid));
  const state = STATES.has(answer.state) ? answer.state : device.state;
  await amendDevice(store, kid, { server, state, verdict, refused: null, refusedWords: null, metAt: Date.now() });
  await store.write([
    ...resend.map((kept) => ["inspections", kept.id, outbox.again(kept)]),
    ...(Array.isArray(answer.checklists) ? [["device", "checklists", checklistsIn(answer.checklists)]] : []),
  ]);
}

const newest = async (store, kid) => (await store.get("device", kid)).head;

/** Change what is known of a device, but never its chain: an inspection may be signed meanwhile. */
async function amendDevice(store, kid, changes) {
  for (;;) {
    const device = await store.get("device", kid);
    const unchanged = (held) => held?.head.sequence === device.head.sequence;
    const amended = { ...device, ...changes, amended: (device.amended ?? 0) + 1 };
    if (await store.write([["device", kid, amended]], { only: ["device", kid, unchanged] })) return;
  }
}

async function sendAll(store, kid, told) {
  const { token } = await store.get("device", kid);
  for (const kept of (await of(store, kid)).filter(outbox.due)) {
    await sendOne(store, token, kept);
    told();
  }
}

/** Send one inspection with its photographs. What is refused of it stays with the reason; what concerns the device goes up. */
async function sendOne(store, token, kept) {
  try {
    const first = await step(store, kept, await api.submit(token, kept.id, kept.message));
    for (const sha256 of first.missing) {
      const octets = await store.get("photographs", sha256);
      if (!octets) return await keep(store, outbox.attention(first, ["photograph_gone"]));
      await api.upload(token, sha256, octets);
    }
    if (first.missing.length) await step(store, first, await api.submit(token, kept.id, kept.message));
  } catch (error) {
    if (!(error instanceof api.Refused) || OF_DEVICE.has(error.status)) throw error;
    await keep(store, outbox.attention(kept, [error.code], error.words));
  }
}

async function step(store, kept, answer) {
  const next = outbox.answered(kept, answer);
  await keep(store, next);
  return next;
}

const keep = (store, kept) => store.write([["inspections", kept.id, kept]], { only: ["inspections", kept.id, Boolean] });
