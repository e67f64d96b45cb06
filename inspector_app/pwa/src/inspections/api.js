// What this phone says to the inspections' server, and hears: one function for each call. The server is on the app's own origin.
const BASE = "/inspections/api/v1";
const PATIENCE_MS = 30_000;
const PHOTOGRAPH_PATIENCE_MS = 120_000;
const COSE = "application/cose";

/** The server did not answer, or not as itself: to be tried again later, and nobody's fault. */
export class Unreachable extends Error {}

/** The server answered no: `code`, and its words in both languages if it gave any. */
export class Refused extends Error {
  constructor(status, { code, ar, en } = {}) {
    super(code ?? `http_${status}`);
    this.status = status;
    this.code = typeof code === "string" && code ? code : `http_${status}`;
    this.words = typeof ar === "string" && typeof en === "string" ? { ar, en } : null;
  }
}

const LATER = new Set([408, 425, 429]); // not refused, only not now

async function asked(method, path, { token, type, body, patience = PATIENCE_MS } = {}) {
  const headers = { ...(type && { "Content-Type": type }), ...(token && { Authorization: `Bearer ${token}` }) };
  const options = { method, headers, body, credentials: "omit", redirect: "error", cache: "no-store" };
  const answer = await reached(() => fetch(BASE + path, { ...options, signal: AbortSignal.timeout(patience) }));
  if (answer.status >= 500 || LATER.has(answer.status)) throw new Unreachable(`${path}: ${answer.status}`);
  const told = await reached(() => answer.json().catch((error) => (answer.ok ? Promise.reject(error) : {})));
  if (!answer.ok) throw new Refused(answer.status, told?.error);
  return told;
}

async function reached(work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException) throw new Unreachable(error.message, { cause: error });
    throw error;
  }
}

/** The signed sites of the phone's authority, or what changed: {same} if they are those with that ETag, {octets: null} if there are none. */
export async function sites(token, path, etag) {
  const headers = { Authorization: `Bearer ${token}`, ...(etag && { "If-None-Match": etag }) };
  const options = { headers, credentials: "omit", redirect: "error", cache: "no-store", signal: AbortSignal.timeout(PHOTOGRAPH_PATIENCE_MS) };
  const answer = await reached(() => fetch(`${BASE}/sites${path}`, options));
  if (answer.status === 304) return { same: true };
  if (answer.status === 404) return { same: false, octets: null, etag: null };
  if (!answer.ok) throw new Unreachable(`/sites: ${answer.status}`);
  return { same: false, octets: new Uint8Array(await reached(() => answer.arrayBuffer())), etag: answer.headers.get("ETag") };
}

const json = (value) => ({ type: "application/json", body: JSON.stringify(value) });

/** Each rejects with Unreachable or Refused. `message` and `octets` are byte strings, ids and digests hex. */
export const enrol = (message) => asked("POST", "/enrol", { type: COSE, body: message });
export const signIn = (token, { name, password, code }) => asked("POST", "/sign-in", { token, ...json({ name, password, code }) });
export const signOut = (token) => asked("POST", "/sign-out", { token, ...json({}) });
export const contact = (token, standing) => asked("POST", "/contact", { token, ...json(standing) });
export const submit = (token, id, message) => asked("PUT", `/inspections/${id}`, { token, type: COSE, body: message });
export const day = (token) => asked("GET", "/day", { token });
export const reorder = (token, id, told) => asked("PUT", `/day/reorders/${id}`, { token, ...json(told) });
export const upload = (token, sha256, octets) =>
  asked("PUT", `/photographs/${sha256}`, { token, type: "image/jpeg", body: octets, patience: PHOTOGRAPH_PATIENCE_MS });
